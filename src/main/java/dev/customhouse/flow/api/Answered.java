package dev.customhouse.flow.api;

import dev.customhouse.wire.AnswerWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who a request is answered to, and what is told beside the answer. Used by one thread. */
public interface Answered extends AnswerWriter {
  /** Keeps a silent stream open with comments, where the dialect has them. */
  void keepOpen();

  /** Every answer from now on says which way it went. */
  void went(String model, String provider, int attempts);

  /**
   * Every answer from now on says what became of the request on its way to another dialect.
   *
   * @param dropped what was left out; mostly nothing
   * @param form how the answer got into the form asked for; null: nothing to say
   */
  void changed(List<String> dropped, @Nullable String form);
}
