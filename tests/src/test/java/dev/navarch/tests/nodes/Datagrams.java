package dev.navarch.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;

/// Questions and answers over UDP, which the tools of the pods' image do not speak.
final class Datagrams {
  private static final int LARGEST = 1500;

  private Datagrams() {}

  /// Answers every datagram with a word. Arguments: port, word.
  public static void main(String[] arguments) throws IOException {
    try (var socket = new DatagramSocket(Integer.parseInt(arguments[0]))) {
      byte[] word = arguments[1].getBytes(UTF_8);
      while (true) {
        var asked = new DatagramPacket(new byte[LARGEST], LARGEST);
        socket.receive(asked);
        socket.send(new DatagramPacket(word, word.length, asked.getSocketAddress()));
      }
    }
  }

  /// The answer; empty if none comes in the socket's time.
  static String ask(DatagramSocket socket, InetAddress address, int port) throws IOException {
    socket.send(new DatagramPacket(new byte[1], 1, address, port));
    var answer = new DatagramPacket(new byte[LARGEST], LARGEST);
    try {
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), UTF_8);
    } catch (SocketTimeoutException | PortUnreachableException nobody) {
      return "";
    }
  }
}
