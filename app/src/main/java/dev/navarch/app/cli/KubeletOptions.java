package dev.navarch.app.cli;

import dev.navarch.api.Json;
import dev.navarch.app.local.UserError;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.settings.KubeletSettings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// The kubelet's flags that people know ({@link KubeletFlag}), over the file that holds the rest: a
/// flag wins over the same field of the file.
final class KubeletOptions {
  private final ObjectNode stated = Json.object();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A KubeletConfiguration (kubelet.config.k8s.io/v1beta1).")
  @Nullable Path file;

  @Option(
      names = "--image-credential-provider-config",
      paramLabel = "FILE",
      description = "A CredentialProviderConfig: programs that know credentials of registries.")
  @Nullable Path providers;

  @Option(
      names = "--image-credential-provider-bin-dir",
      paramLabel = "FOLDER",
      description = "Where those programs are.")
  @Nullable Path programs;

  /// Adds the flags to the command that these options are part of.
  @Spec(Spec.Target.MIXEE)
  void command(CommandSpec command) {
    for (KubeletFlag flag : KubeletFlag.ALL) {
      OptionSpec.Builder option =
          OptionSpec.builder(flag.name())
              .type(flag.form().type())
              .description(flag.description())
              .setter(new Stating(flag, stated));
      if (flag.form() == KubeletFlag.Form.SWITCH) {
        option.arity("0..1").fallbackValue("true");
      } else if (flag.form().type().isArray()) {
        option.splitRegex(",");
      }
      command.addOption(option.build());
    }
  }

  private record Stating(KubeletFlag flag, ObjectNode stated) implements ISetter {
    @Override
    public <T> @Nullable T set(@Nullable T value) {
      if (value != null) {
        flag.state(stated, value);
      }
      return value;
    }
  }

  CredentialProviders credentialProviders() {
    if (providers == null && programs == null) {
      return CredentialProviders.none();
    }
    if (providers == null || programs == null) {
      throw new UserError(
          "found one of --image-credential-provider-config and --image-credential-provider-bin-dir",
          "give both");
    }
    return CredentialProviders.read(providers, programs, InstantSource.system());
  }

  /// What holds: defaults, the file over them, the flags over that.
  ///
  /// @param address where the agent serves unless the file names another
  KubeletSettings settings(InetAddress address) {
    KubeletSettings settings = KubeletSettings.read(Optional.ofNullable(file), stated);
    return settings.text("address").isEmpty()
        ? settings.with("address", address.getHostAddress())
        : settings;
  }
}
