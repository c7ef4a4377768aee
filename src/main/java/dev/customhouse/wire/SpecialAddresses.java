package dev.customhouse.wire;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses lie on the open Internet: those of no block that the registries of IANA set apart
 * (iana-ipv4-special-registry, iana-ipv6-special-registry), and of IPv6 only global unicast. The
 * ways to write an IPv4 address into an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64) are all
 * shut, whatever address they hold.
 */
final class SpecialAddresses {
  private static final int IPV4_BYTES = 4;

  private static final List<Block> SPECIAL =
      Block.list(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.31.196.0/24",
          "192.52.193.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "192.175.48.0/24",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/4",
          "240.0.0.0/4",
          // Azure's hosts ask and tell their machines here, though the block is a public one.
          "168.63.129.16/32",
          // IETF's own assignments: Teredo, benchmarks, ORCHID and others.
          "2001::/23",
          "2001:db8::/32",
          "2002::/16",
          "2620:4f:8000::/48",
          "3fff::/20");

  private static final Block GLOBAL_UNICAST = Block.of("2000::/3");

  /** What nobody means to fetch from: the hosts of clouds tell secrets here, to whoever asks. */
  private static final List<Block> FORBIDDEN =
      Block.list(
          "0.0.0.0/32",
          "100.100.100.200/32",
          "168.63.129.16/32",
          "169.254.0.0/16",
          "192.0.0.192/32",
          "224.0.0.0/4",
          "255.255.255.255/32",
          "::/128",
          // Embedded IPv4 addresses, but for those that the JDK has unwrapped already.
          "::/96",
          "64:ff9b::/96",
          "64:ff9b:1::/48",
          "2001::/32",
          "2002::/16",
          "fd00:ec2::/32",
          "fe80::/10",
          "ff00::/8");

  private static final Block LOOPBACK = Block.of("::1/128");

  private SpecialAddresses() {}

  /** True when the address lies on the open Internet. */
  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    return (bytes.length == IPV4_BYTES || GLOBAL_UNICAST.holds(bytes)) && !isIn(SPECIAL, bytes);
  }

  /** True when not even a host that the configuration trusts may be at the address. */
  static boolean isForbidden(InetAddress address) {
    byte[] bytes = address.getAddress();
    return isIn(FORBIDDEN, bytes) && !LOOPBACK.holds(bytes);
  }

  private static boolean isIn(List<Block> blocks, byte[] address) {
    for (Block block : blocks) {
      if (block.holds(address)) {
        return true;
      }
    }
    return false;
  }

  /** Addresses that begin with the same bits. */
  private record Block(byte[] start, int bits) {
    static List<Block> list(String... texts) {
      return Arrays.stream(texts).map(Block::of).toList();
    }

    static Block of(String text) {
      int slash = text.indexOf('/');
      return new Block(
          InetAddress.ofLiteral(text.substring(0, slash)).getAddress(),
          Integer.parseInt(text.substring(slash + 1)));
    }

    boolean holds(byte[] address) {
      if (address.length != start.length) {
        return false;
      }
      int whole = bits / 8;
      if (Arrays.mismatch(address, 0, whole, start, 0, whole) >= 0) {
        return false;
      }
      int rest = bits % 8;
      return rest == 0 || (address[whole] ^ start[whole]) >> (8 - rest) == 0;
    }
  }
}
