package dev.customhouse.flow.translate;

import dev.customhouse.config.Settings;
import dev.customhouse.wire.Egress;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/** Fetches media for providers that take no addresses; one for the whole gateway. */
public final class MediaFetcher {
  /** Requests whose files are fetched at once; others wait, within their time. */
  static final int REQUESTS_AT_ONCE = 64;

  private final Egress egress;
  private final Settings.Egress settings;
  private final LongSupplier nanoTime;
  private final Semaphore places = new Semaphore(REQUESTS_AT_ONCE, true);

  /** A fetcher that keeps to these settings; {@code nanoTime} is the clock of {@code egress}. */
  public MediaFetcher(Egress egress, Settings.Egress settings, LongSupplier nanoTime) {
    this.egress = egress;
    this.settings = settings;
    this.nanoTime = nanoTime;
  }

  /** The files of one call, none of them fetched yet. */
  FetchedMedia forCall() {
    return new FetchedMedia(egress, settings, places, nanoTime);
  }
}
