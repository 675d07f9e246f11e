package dev.navarch.api;

import java.nio.ByteBuffer;
import java.util.Arrays;
import tools.jackson.databind.node.ObjectNode;

/// Kubernetes' binary form of every built-in type: four magic bytes, an envelope that names the
/// type, and the message, whose field numbers stand in the schema. Client-go based programs read
/// and write built-in kinds this way.
public final class Protobuf {
  public static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;
  private static final byte[] MAGIC = {'k', '8', 's', 0};

  /// The envelope (`runtime.Unknown`).
  private static final int TYPE_META = 1;

  private static final int RAW = 2;
  private static final int CONTENT_ENCODING = 3;
  private static final int CONTENT_TYPE = 4;

  private final ProtoEncoder encoder;
  private final ProtoDecoder decoder;
  private final BuiltInKinds kinds;

  /// What an envelope holds.
  public record Envelope(String apiVersion, String kind, byte[] raw, String contentType) {}

  public Protobuf(BuiltInKinds kinds) {
    ProtoLayouts layouts = new ProtoLayouts(kinds.definitions());
    this.kinds = kinds;
    encoder = new ProtoEncoder(layouts);
    decoder = new ProtoDecoder(layouts, this);
  }

  public static boolean isEnvelope(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /// Opens an envelope without reading what is inside.
  public static Envelope open(byte[] body) {
    if (!isEnvelope(body)) {
      throw ApiException.badRequest("provided data does not appear to be a protobuf message");
    }
    ProtoReader reader = new ProtoReader(Arrays.copyOfRange(body, MAGIC.length, body.length));
    String apiVersion = "";
    String kind = "";
    byte[] raw = {};
    String contentType = "";
    for (int number = reader.next(); number != 0; number = reader.next()) {
      switch (number) {
        case TYPE_META -> {
          ProtoReader meta = reader.message();
          for (int field = meta.next(); field != 0; field = meta.next()) {
            switch (field) {
              case 1 -> apiVersion = meta.string();
              case 2 -> kind = meta.string();
              default -> meta.skip();
            }
          }
        }
        case RAW -> raw = reader.bytes();
        case CONTENT_ENCODING -> {
          String encoding = reader.string();
          if (!encoding.isEmpty()) {
            throw ApiException.badRequest("unsupported content encoding \"" + encoding + "\"");
          }
        }
        case CONTENT_TYPE -> contentType = reader.string();
        default -> reader.skip();
      }
    }
    return new Envelope(apiVersion, kind, raw, contentType);
  }

  /// Reads a request body; `schema` is that of the type which the envelope names.
  public ObjectNode decode(byte[] body, Schema schema) {
    return decode(open(body), schema);
  }

  public ObjectNode decode(Envelope envelope, Schema schema) {
    return decode(envelope, schema, 0);
  }

  private ObjectNode decode(Envelope envelope, Schema schema, int depth) {
    if (envelope.contentType.equals("application/json")) {
      return Json.read(envelope.raw).tree();
    }
    ObjectNode tree = Json.object();
    if (!envelope.apiVersion.isEmpty()) {
      tree.put("apiVersion", envelope.apiVersion);
    }
    if (!envelope.kind.isEmpty()) {
      tree.put("kind", envelope.kind);
    }
    decoder.message(new ProtoReader(envelope.raw), schema, tree, depth);
    return tree;
  }

  /// Reads an envelope that lies inside another object, at this depth.
  ObjectNode decodeNested(byte[] body, int depth) {
    Envelope envelope = open(body);
    Kind kind =
        kinds
            .byKind(envelope.apiVersion, envelope.kind)
            .orElseThrow(
                () ->
                    ApiException.badRequest(
                        "no kind \"%s\" is registered for version \"%s\""
                            .formatted(envelope.kind, envelope.apiVersion)));
    return decode(envelope, kind.schema(), depth);
  }

  /// Writes an object, a list or a Status, with its envelope.
  public byte[] encode(ObjectNode tree, Schema schema) {
    ProtoWriter meta = new ProtoWriter();
    meta.string(1, tree.path("apiVersion").asString(""));
    meta.string(2, tree.path("kind").asString(""));
    ProtoWriter envelope = new ProtoWriter();
    envelope.bytes(TYPE_META, meta.toBytes());
    envelope.bytes(RAW, encoder.message(tree, schema));
    envelope.string(CONTENT_ENCODING, "");
    envelope.string(CONTENT_TYPE, "");
    byte[] message = envelope.toBytes();
    byte[] body = Arrays.copyOf(MAGIC, MAGIC.length + message.length);
    System.arraycopy(message, 0, body, MAGIC.length, message.length);
    return body;
  }

  /// One event of a watch, framed by its length; `object` is an encoded envelope.
  public static byte[] watchFrame(String type, byte[] object) {
    ProtoWriter extension = new ProtoWriter();
    extension.bytes(1, object);
    ProtoWriter event = new ProtoWriter();
    event.string(1, type);
    event.bytes(2, extension.toBytes());
    byte[] message = event.toBytes();
    byte[] frame = new byte[Integer.BYTES + message.length];
    ByteBuffer.wrap(frame).putInt(message.length).put(message);
    return frame;
  }
}
