package dev.customhouse.wire;

import io.netty.resolver.AddressResolverGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The hosts file and the name servers of the machine, asked without holding up an event loop. */
final class SystemResolver implements Resolver {
  private final Supplier<AddressResolverGroup<InetSocketAddress>> names;
  private final Supplier<Loop> anyLoop;

  SystemResolver(Supplier<AddressResolverGroup<InetSocketAddress>> names, Supplier<Loop> anyLoop) {
    this.names = names;
    this.anyLoop = anyLoop;
  }

  @Override
  public List<InetAddress> resolve(String host, Duration timeout) throws InterruptedException {
    try {
      return names
          .get()
          .getResolver(anyLoop.get().eventLoop())
          .resolveAll(InetSocketAddress.createUnresolved(host, 0))
          .get(timeout.toNanos(), TimeUnit.NANOSECONDS)
          .stream()
          .map(InetSocketAddress::getAddress)
          .toList();
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    }
  }
}
