package dev.customhouse.dialect;

import dev.customhouse.canonical.Call;
import dev.customhouse.wire.UpstreamRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request as it goes to a provider, still without its key.
 *
 * @param call as the provider sees it: in the dialect and with the body that it gets
 * @param losses what the request lost
 * @param translation the way back for the answer; null when both ends speak one dialect
 * @param again asked when the answer has been read: the request once more, when the answer was not
 *     in the form that the client asked for; else it gives null
 * @param unsealed asked when the provider refuses the reasoning of earlier turns: the request
 *     without it; it gives null when there was none
 */
public record Outgoing(
    Call call,
    UpstreamRequest request,
    Losses losses,
    @Nullable Translation translation,
    Supplier<@Nullable Outgoing> again,
    Supplier<@Nullable Outgoing> unsealed) {
  /** A request whose answer passes as it comes, and that is made once. */
  public Outgoing(Call call, UpstreamRequest request, Losses losses) {
    this(call, request, losses, null, () -> null, () -> null);
  }
}
