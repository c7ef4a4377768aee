package dev.customhouse.wire;

import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.net.InetSocketAddress;

/**
 * The kinds of sockets that the machine has.
 *
 * @param events how an event loop waits for them
 * @param datagrams what name servers are asked through
 */
record Sockets(
    IoHandlerFactory events,
    ChannelFactory<? extends ServerChannel> servers,
    ChannelFactory<? extends SocketChannel> clients,
    ChannelFactory<? extends DatagramChannel> datagrams) {

  /** Those of Linux where the library for them is there, the JDK's otherwise. */
  static Sockets best() {
    return Epoll.isAvailable()
        ? new Sockets(
            EpollIoHandler.newFactory(),
            EpollServerSocketChannel::new,
            EpollSocketChannel::new,
            EpollDatagramChannel::new)
        : new Sockets(
            NioIoHandler.newFactory(),
            NioServerSocketChannel::new,
            NioSocketChannel::new,
            NioDatagramChannel::new);
  }

  /** Asks the hosts file and the name servers of the machine. */
  AddressResolverGroup<InetSocketAddress> names() {
    return new DnsAddressResolverGroup(
        new DnsNameResolverBuilder().channelFactory(datagrams).socketChannelFactory(clients));
  }
}
