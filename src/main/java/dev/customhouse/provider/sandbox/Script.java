package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Decides what the model says, and how the answer ends. Knows no dialect. */
final class Script {
  private static final String NOTHING_SAID = "You said nothing.";
  private static final Pattern STATUS = Pattern.compile("\\b([45]\\d\\d)\\b");
  private static final int DEFAULT_STATUS = 500;

  /** What one answer says in all its choices. */
  static final long MAX_SAID_CHARACTERS = 16L << 20;

  private Script() {}

  /** The reply and the ending. */
  record Scene(Reply reply, Ending ending) {}

  /**
   * What the model does.
   *
   * @throws FaultException when the answer is an error from its head on
   */
  static Scene play(Ask ask) {
    String text = ask.lastUserText();
    String echo = text == null ? NOTHING_SAID : text;
    return switch (ask.model()) {
      case Models.TOOLS -> whole(useTools(ask, echo));
      case Models.JSON -> whole(text(ask, fill(ask, echo)));
      case Models.ERROR -> new Scene(text(ask, echo), trouble(echo, ask));
      default -> whole(text(ask, echo));
    };
  }

  /**
   * What an operation that is no conversation answers under the model {@code error}.
   *
   * @param wish the text that says what is wanted
   * @throws FaultException nearly always; an answer that is to break off does so in its middle
   */
  static Spoken fail(String wish) {
    Ask ask =
        new Ask(
            Models.ERROR,
            List.of(Ask.Turn.of(Ask.Role.USER, wish)),
            List.of(),
            Ask.Calling.NEVER,
            null,
            List.of(),
            null,
            1,
            false);
    trouble(wish, ask);
    return Spoken.json(Json.object().put("text", wish)).broken();
  }

  private static Ending trouble(String text, Ask ask) {
    String wish = text.toLowerCase(Locale.ROOT);
    if (wish.contains("too long")) {
      throw new FaultException(Fault.tooLong(Tokens.ofPrompt(ask)));
    }
    if (wish.contains("cut stream")) {
      return new Ending.Cut();
    }
    Matcher status = STATUS.matcher(wish);
    Fault fault =
        Fault.ofStatus(status.find() ? Integer.parseInt(status.group(1)) : DEFAULT_STATUS);
    if (wish.contains("error event") && ask.stream()) {
      return new Ending.Failed(fault, wish.contains("after"));
    }
    throw new FaultException(fault);
  }

  private static Scene whole(Reply reply) {
    return new Scene(reply, Ending.PROPER);
  }

  private static Reply useTools(Ask ask, String echo) {
    List<String> results = ask.freshToolResults();
    if (!results.isEmpty()) {
      return text(ask, "The tools answered: " + String.join("\n", results));
    }
    Ask.Tool tool = chosen(ask);
    if (tool == null) {
      return text(ask, echo);
    }
    String input = tool.freeform() ? echo : Json.write(SchemaFilling.fillObject(tool.schema()));
    Reply.ToolCall call = new Reply.ToolCall(tool, input);
    Integer maxTokens = ask.maxTokens();
    // Half a call is of no use to anybody: one that does not fit is not begun.
    return maxTokens != null && call.tokens() > maxTokens
        ? new Reply.Text("", Reply.Stop.LENGTH, null)
        : call;
  }

  private static Ask.@Nullable Tool chosen(Ask ask) {
    if (!ask.calling().allowed() || ask.tools().isEmpty()) {
      return null;
    }
    for (Ask.Tool tool : ask.tools()) {
      if (tool.name().equals(ask.calling().name())) {
        return tool;
      }
    }
    return ask.tools().getFirst();
  }

  private static String fill(Ask ask, String echo) {
    Ask.Form form = ask.form();
    JsonNode schema = form == null ? null : form.schema();
    return Json.write(
        schema == null ? Json.object().put("answer", echo) : SchemaFilling.fill(schema));
  }

  private static Reply text(Ask ask, String whole) {
    if ((long) whole.length() * ask.choices() > MAX_SAID_CHARACTERS) {
      throw FaultException.invalid(
          "the choices must have at most " + MAX_SAID_CHARACTERS + " characters together", "n");
    }
    String text = whole;
    String hit = null;
    for (String stop : ask.stops()) {
      int at = text.indexOf(stop);
      if (at >= 0) {
        text = text.substring(0, at);
        hit = stop;
      }
    }
    Integer maxTokens = ask.maxTokens();
    if (maxTokens != null && Tokens.of(text) > maxTokens) {
      return new Reply.Text(Tokens.firstTokens(text, maxTokens), Reply.Stop.LENGTH, null);
    }
    return new Reply.Text(text, hit == null ? Reply.Stop.DONE : Reply.Stop.SEQUENCE, hit);
  }
}
