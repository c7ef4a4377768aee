package dev.customhouse.dialect;

import dev.customhouse.canonical.Refusal;
import dev.customhouse.canonical.chat.StreamPart;
import java.io.ByteArrayOutputStream;

/** Writes one stream for a client. Used by one thread. */
public interface PartWriter {
  /** Writes the events that the part makes, of which there may be none or several. */
  void part(StreamPart part, ByteArrayOutputStream out);

  /** Writes what tells a client, mid-stream, that the answer broke off. Nothing follows it. */
  void failure(Refusal refusal, String requestId, ByteArrayOutputStream out);
}
