package dev.navarch.node.images;

import dev.navarch.node.cri.v1.Image;
import java.time.Instant;

/// What became of the wish to have an image on this node.
public sealed interface ImageState {

  /// It is there.
  ///
  /// @param reference what a container is created from
  record Present(String reference, Image image) implements ImageState {}

  /// It is on its way; whoever asked is called back.
  record Pulling() implements ImageState {}

  /// It is not there, and why: `ErrImagePull`, `ImagePullBackOff`, `ErrImageNeverPull`,
  /// `InvalidImageName`.
  ///
  /// @param again when asking again makes sense
  record Missing(String reason, String message, Instant again) implements ImageState {}
}
