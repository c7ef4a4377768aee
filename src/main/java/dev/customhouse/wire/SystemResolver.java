package dev.customhouse.wire;

import io.vertx.core.internal.resolver.NameResolver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The hosts file and the name servers of the machine, asked without holding up an event loop. */
final class SystemResolver implements Resolver {
  private final NameResolver names;

  SystemResolver(NameResolver names) {
    this.names = names;
  }

  @Override
  public List<InetAddress> resolve(String host, Duration timeout) throws InterruptedException {
    try {
      return names
          .resolveAll(host)
          .toCompletionStage()
          .toCompletableFuture()
          .get(timeout.toNanos(), TimeUnit.NANOSECONDS)
          .stream()
          .map(InetSocketAddress::getAddress)
          .toList();
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    }
  }
}
