package dev.customhouse.dialect;

import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.Tool;
import java.util.List;

/**
 * How many tokens a request has, about, where no provider can be asked: by the letters of its
 * texts. Tokenizers make about four letters of English, two of code and one of Chinese, Japanese or
 * Korean to a token. Marked as an estimate wherever it is shown.
 */
public final class TokenEstimate {
  /** Each message has marks of its own around it. */
  private static final int MESSAGE_TOKENS = 4;

  /** A picture of middling size (Anthropic: width x height / 750; OpenAI: 765 for 1024 x 1024). */
  private static final int IMAGE_TOKENS = 1_100;

  /** Base64 letters of a document, of which a part is text. */
  private static final int DOCUMENT_CHARS_PER_TOKEN = 24;

  private static final int QUARTERS = 4;

  /** Letters beyond are mostly ideographs, syllables and symbols with a token each. */
  private static final char WIDE = 0x2e80;

  private long quarters;

  private TokenEstimate() {}

  /** Tokens of the whole request. */
  public static long of(ChatRequest request) {
    TokenEstimate estimate = new TokenEstimate();
    for (Message message : request.messages()) {
      estimate.tokens(MESSAGE_TOKENS);
      estimate.contents(message.content());
    }
    for (Tool tool : request.tools()) {
      estimate.tool(tool);
    }
    if (request.outputFormat() instanceof OutputFormat.JsonSchema schema) {
      estimate.text(schema.schema().toString());
    }
    return Math.ceilDiv(estimate.quarters, QUARTERS);
  }

  private void tool(Tool tool) {
    tokens(MESSAGE_TOKENS);
    text(tool.name());
    switch (tool) {
      case Tool.Function function -> {
        text(function.description() == null ? "" : function.description());
        text(function.schema() == null ? "" : function.schema().toString());
      }
      case Tool.Freeform freeform -> {
        text(freeform.description() == null ? "" : freeform.description());
        text(freeform.grammar() == null ? "" : freeform.grammar().toString());
      }
      case Tool.Native own -> text(own.raw().toString());
    }
  }

  private void contents(List<Content> contents) {
    for (Content content : contents) {
      switch (content) {
        case Content.Text text -> text(text.text());
        case Content.Reasoning reasoning -> text(reasoning.text());
        case Content.Declined declined -> text(declined.text());
        case Content.ToolCall call -> {
          text(call.name());
          text(call.arguments());
        }
        case Content.ToolResult result -> contents(result.content());
        case Content.Native own -> text(own.raw().toString());
        case Content.Media media -> media(media);
      }
    }
  }

  private void media(Content.Media media) {
    switch (media.source()) {
      case Content.Source.Words words -> text(words.text());
      case Content.Source.Inline inline ->
          tokens(
              media.kind() == Content.Media.Kind.IMAGE
                  ? IMAGE_TOKENS
                  : inline.base64().length() / DOCUMENT_CHARS_PER_TOKEN);
      case Content.Source.Url ignored -> tokens(IMAGE_TOKENS);
      case Content.Source.FileId ignored -> tokens(IMAGE_TOKENS);
    }
  }

  private void tokens(long count) {
    quarters += QUARTERS * count;
  }

  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      quarters += text.charAt(i) >= WIDE ? QUARTERS : 1;
    }
  }
}
