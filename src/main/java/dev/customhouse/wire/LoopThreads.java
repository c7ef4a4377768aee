package dev.customhouse.wire;

import java.lang.reflect.Constructor;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Virtual threads that run on the event loop they were started for, so that blocking code costs no
 * change of thread. The JDK has the means (a scheduler per virtual thread) but no public door yet;
 * where the door is shut, the JDK's own scheduler serves, which is slower and otherwise the same.
 * See docs/adr/0002.
 */
final class LoopThreads {
  private static final @Nullable Constructor<?> BUILDER = findBuilder();

  private LoopThreads() {}

  /** True when threads run on their event loop. */
  static boolean onLoop() {
    return BUILDER != null;
  }

  /** A thread for the task, not yet started. */
  static Thread unstarted(Executor loop, Runnable task) {
    Constructor<?> constructor = BUILDER;
    if (constructor == null) {
      return Thread.ofVirtual().unstarted(task);
    }
    try {
      return ((Thread.Builder.OfVirtual) constructor.newInstance(loop))
          .inheritInheritableThreadLocals(false)
          .unstarted(task);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Constructor<?> findBuilder() {
    if (Boolean.getBoolean("customhouse.default-scheduler")) {
      return null;
    }
    try {
      Constructor<?> constructor =
          Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
              .getDeclaredConstructor(Executor.class);
      constructor.setAccessible(true);
      constructor.newInstance((Executor) Runnable::run);
      return constructor;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }
}
