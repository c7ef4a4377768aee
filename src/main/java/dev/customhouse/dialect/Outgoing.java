package dev.customhouse.dialect;

import dev.customhouse.canonical.Call;
import dev.customhouse.wire.UpstreamRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request as it goes to a provider, still without its key.
 *
 * @param call as the provider sees it: in the dialect and with the body that it gets
 * @param translation the way back for the answer; null when both ends speak one dialect
 */
public record Outgoing(Call call, UpstreamRequest request, @Nullable Translation translation) {}
