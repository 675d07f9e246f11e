package dev.navarch.node.cri;

import com.google.protobuf.Message;
import dev.navarch.node.cri.v1.*;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The runtime's images: the second of the interface's two services.
record CriImages(CriCalls calls) {
  private static final Duration QUICK = Duration.ofSeconds(10);
  private static final Duration USUAL = Duration.ofMinutes(2);
  private static final Duration PULL = Duration.ofMinutes(30);

  List<Image> all() {
    return ask(
            "ListImages",
            ListImagesRequest.getDefaultInstance(),
            ListImagesResponse.getDefaultInstance(),
            QUICK)
        .getImagesList();
  }

  Optional<Image> find(String reference) {
    var answer =
        ask(
            "ImageStatus",
            ImageStatusRequest.newBuilder().setImage(named(reference)).build(),
            ImageStatusResponse.getDefaultInstance(),
            QUICK);
    return answer.hasImage() ? Optional.of(answer.getImage()) : Optional.empty();
  }

  String pull(String reference, @Nullable AuthConfig auth, PodSandboxConfig sandbox) {
    var request =
        PullImageRequest.newBuilder().setImage(named(reference)).setSandboxConfig(sandbox);
    if (auth != null) {
      request.setAuth(auth);
    }
    return ask("PullImage", request.build(), PullImageResponse.getDefaultInstance(), PULL)
        .getImageRef();
  }

  void remove(String reference) {
    ask(
        "RemoveImage",
        RemoveImageRequest.newBuilder().setImage(named(reference)).build(),
        RemoveImageResponse.getDefaultInstance(),
        USUAL);
  }

  List<FilesystemUsage> filesystems() {
    return ask(
            "ImageFsInfo",
            ImageFsInfoRequest.getDefaultInstance(),
            ImageFsInfoResponse.getDefaultInstance(),
            QUICK)
        .getImageFilesystemsList();
  }

  private <A extends Message> A ask(String name, Message request, A answer, Duration patience) {
    return calls.ask("runtime.v1.ImageService/" + name, request, answer, patience);
  }

  private static ImageSpec named(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }
}
