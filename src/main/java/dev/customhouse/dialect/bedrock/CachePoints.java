package dev.customhouse.dialect.bedrock;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.customhouse.canonical.chat.Extras.CacheMark;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.dialect.Losses;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cache points of one request. There are four at most
 * (docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html); of more the last ones count,
 * for a conversation's later points are what its next request begins with.
 */
final class CachePoints {
  private static final int POINTS = 4;
  private static final Set<String> TTLS = Set.of("5m", "1h");

  private final Family family;
  private final Losses losses;
  private int surplus;

  /** The points of a request with so many marks. */
  CachePoints(int marks, Family family, Losses losses) {
    this.surplus = Math.max(0, marks - POINTS);
    this.family = family;
    this.losses = losses;
  }

  /**
   * Writes the mark as a block of its own, unless there is none or it is lost.
   *
   * @param possible whether the model takes points in this place
   */
  void write(@Nullable CacheMark mark, boolean possible, ArrayNode blocks) {
    if (mark == null) {
      return;
    }
    boolean tooMany = surplus-- > 0;
    if (!possible || tooMany) {
      losses.lost(Feature.CACHE_MARK);
      return;
    }
    String ttl = mark.ttl();
    if (ttl != null && (!TTLS.contains(ttl) || ttl.equals("1h") && !family.cachesLong())) {
      losses.lost(Feature.CACHE_MARK_TTL);
      ttl = null;
    }
    blocks.add(Blocks.cachePoint(new CacheMark(ttl)));
  }
}
