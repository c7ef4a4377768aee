package dev.customhouse.flow.translate;

import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.config.Settings;
import dev.customhouse.dialect.Codec;
import dev.customhouse.wire.Egress;
import dev.customhouse.wire.EgressException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files that one call names by address, as far as a target wants them inside the request.
 * Fetched one after another, each once however many targets and messages name it. Used by one
 * thread.
 */
final class FetchedMedia {
  /** Different files of one call. */
  static final int FILES = 32;

  private static final String NOT_IN_TIME = "too many files are being fetched";

  private final Egress egress;
  private final Settings.Egress settings;
  private final Semaphore places;
  private final LongSupplier nanoTime;
  private final Map<Wanted, Found> found = new LinkedHashMap<>();
  private int bytesLeft;

  /** A file to be had. */
  private record Wanted(Content.Media.Kind kind, String url) {}

  /** What became of it. */
  private sealed interface Found {
    record File(Content.Source.Inline source, String mediaType) implements Found {}

    /** For the reason; a sentence without its full stop. */
    record Nothing(String reason) implements Found {}
  }

  FetchedMedia(Egress egress, Settings.Egress settings, Semaphore places, LongSupplier nanoTime) {
    this.egress = egress;
    this.settings = settings;
    this.places = places;
    this.nanoTime = nanoTime;
    this.bytesLeft = settings.requestBytes();
  }

  /**
   * Fetches what the target wants of the request and is not here yet. What cannot be fetched stays
   * an address.
   */
  void fetch(ChatRequest request, Codec codec, Target target) throws InterruptedException {
    Set<Wanted> wanted = wanted(request, codec, target);
    wanted.removeAll(found.keySet());
    if (wanted.isEmpty()) {
      return;
    }
    if (!settings.fetchMedia()) {
      wanted.forEach(each -> lacks(each, "gateway.egress.fetch_media is off"));
      return;
    }
    long untilNanos = nanoTime.getAsLong() + settings.timeout().toNanos();
    if (!places.tryAcquire(settings.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
      wanted.forEach(each -> lacks(each, NOT_IN_TIME));
      return;
    }
    try {
      for (Wanted each : wanted) {
        fetch(each, untilNanos);
      }
    } finally {
      places.release();
    }
  }

  private void fetch(Wanted wanted, long untilNanos) throws InterruptedException {
    if (found.size() >= FILES) {
      lacks(wanted, "the request names more than " + FILES + " files");
      return;
    }
    if (bytesLeft <= 0) {
      lacks(
          wanted, "the request's files have more than %d bytes".formatted(settings.requestBytes()));
      return;
    }
    try {
      Egress.File file =
          egress.fetch(wanted.url(), Math.min(settings.fileBytes(), bytesLeft), untilNanos);
      String type = FileType.of(file.bytes(), file.contentType(), wanted.kind());
      if (type == null) {
        lacks(wanted, "it is no " + name(wanted.kind()) + " of a known type");
        return;
      }
      bytesLeft -= file.bytes().length;
      Content.Source.Inline source =
          new Content.Source.Inline(Base64.getEncoder().encodeToString(file.bytes()));
      found.put(wanted, new Found.File(source, type));
    } catch (EgressException e) {
      lacks(wanted, e.reason());
    }
  }

  private static String name(Content.Media.Kind kind) {
    return switch (kind) {
      case IMAGE -> "picture";
      case DOCUMENT -> "document";
      case AUDIO -> "recording";
      case VIDEO -> "film";
    };
  }

  private void lacks(Wanted wanted, String reason) {
    found.put(wanted, new Found.Nothing(reason));
  }

  /** The request with what was fetched in the place of addresses that the target does not take. */
  ChatRequest inlined(ChatRequest request, Codec codec, Target target) {
    if (found.isEmpty()) {
      return request;
    }
    List<Message> messages = new ArrayList<>(request.messages().size());
    for (Message message : request.messages()) {
      messages.add(message.with(inlined(message.content(), codec, target)));
    }
    return request.toBuilder().messages(messages).build();
  }

  private List<Content> inlined(List<Content> contents, Codec codec, Target target) {
    List<Content> inlined = new ArrayList<>(contents.size());
    for (Content content : contents) {
      inlined.add(
          switch (content) {
            case Content.Media media -> inlined(media, codec, target);
            case Content.ToolResult result ->
                new Content.ToolResult(
                    result.callId(),
                    result.name(),
                    inlined(result.content(), codec, target),
                    result.failed(),
                    result.extras());
            case Content.Text text -> text;
            case Content.Reasoning reasoning -> reasoning;
            case Content.ToolCall call -> call;
            case Content.Declined declined -> declined;
            case Content.Native own -> own;
          });
    }
    return inlined;
  }

  private Content inlined(Content.Media media, Codec codec, Target target) {
    Wanted wanted = wanted(media, codec, target);
    return wanted != null && found.get(wanted) instanceof Found.File file
        ? new Content.Media(
            media.kind(), file.source(), file.mediaType(), media.name(), media.extras())
        : media;
  }

  /** Why the first file that the target lacks was not fetched; null when it lacks none. */
  @Nullable String trouble(ChatRequest request, Codec codec, Target target) {
    for (Wanted wanted : wanted(request, codec, target)) {
      if (found.get(wanted) instanceof Found.Nothing nothing) {
        return nothing.reason();
      }
    }
    return null;
  }

  private static Set<Wanted> wanted(ChatRequest request, Codec codec, Target target) {
    Set<Wanted> wanted = new LinkedHashSet<>();
    for (Message message : request.messages()) {
      collect(message.content(), codec, target, wanted);
    }
    return wanted;
  }

  private static void collect(
      List<Content> contents, Codec codec, Target target, Set<Wanted> wanted) {
    for (Content content : contents) {
      if (content instanceof Content.ToolResult result) {
        collect(result.content(), codec, target, wanted);
      } else if (content instanceof Content.Media media) {
        Wanted file = wanted(media, codec, target);
        if (file != null) {
          wanted.add(file);
        }
      }
    }
  }

  private static @Nullable Wanted wanted(Content.Media media, Codec codec, Target target) {
    return media.source() instanceof Content.Source.Url url && codec.wantsFetched(media, target)
        ? new Wanted(media.kind(), url.url())
        : null;
  }
}
