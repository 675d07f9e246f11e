package dev.navarch.scheduler;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Claims, volumes and what is known of how volumes are made and reached. A volume that was
/// promised to a claim, and does not show it yet, counts as taken.
public final class StorageView {
  private final Map<Key, PersistentVolumeClaim> claims = new HashMap<>();
  private final Map<String, PersistentVolume> volumes = new HashMap<>();
  private final Map<String, StorageClass> classes = new HashMap<>();
  private final Map<String, CSIDriver> drivers = new HashMap<>();
  private final Map<String, CSINode> nodes = new HashMap<>();
  private final Map<Key, CSIStorageCapacity> capacities = new HashMap<>();
  private final Map<String, Key> promised = new HashMap<>();

  public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
    return Optional.ofNullable(claims.get(new Key(namespace, name)));
  }

  public Optional<PersistentVolume> volume(String name) {
    return Optional.ofNullable(volumes.get(name));
  }

  /// Volumes that a claim may take: those that are promised to another one are left out.
  public Stream<PersistentVolume> volumesFor(Key claim) {
    return volumes.values().stream()
        .filter(
            volume -> claim.equals(promised.getOrDefault(volume.getMetadata().getName(), claim)));
  }

  public Optional<StorageClass> storageClass(String name) {
    return Optional.ofNullable(classes.get(name));
  }

  public Optional<CSIDriver> driver(String name) {
    return Optional.ofNullable(drivers.get(name));
  }

  public Optional<CSINode> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public Stream<CSIStorageCapacity> capacities(String storageClass) {
    return capacities.values().stream()
        .filter(capacity -> storageClass.equals(capacity.getStorageClassName()));
  }

  void promise(String volume, Key claim) {
    promised.put(volume, claim);
  }

  void release(Key claim) {
    promised.values().removeIf(claim::equals);
  }

  void put(HasMetadata object) {
    String name = object.getMetadata().getName();
    switch (object) {
      case PersistentVolumeClaim claim -> claims.put(Key.of(claim), claim);
      case PersistentVolume volume -> {
        volumes.put(name, volume);
        if (volume.getSpec().getClaimRef() != null) {
          promised.remove(name);
        }
      }
      case StorageClass storageClass -> classes.put(name, storageClass);
      case CSIDriver driver -> drivers.put(name, driver);
      case CSINode node -> nodes.put(name, node);
      case CSIStorageCapacity capacity -> capacities.put(Key.of(capacity), capacity);
      default -> throw new IllegalArgumentException("not about storage: " + object.getKind());
    }
  }

  void remove(HasMetadata object) {
    String name = object.getMetadata().getName();
    switch (object) {
      case PersistentVolumeClaim claim -> claims.remove(Key.of(claim));
      case PersistentVolume _ -> {
        volumes.remove(name);
        promised.remove(name);
      }
      case StorageClass _ -> classes.remove(name);
      case CSIDriver _ -> drivers.remove(name);
      case CSINode _ -> nodes.remove(name);
      case CSIStorageCapacity capacity -> capacities.remove(Key.of(capacity));
      default -> throw new IllegalArgumentException("not about storage: " + object.getKind());
    }
  }
}
