package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.chat.ChatAnswer;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.OutputFormat;
import dev.customhouse.canonical.chat.StreamPart;
import dev.customhouse.canonical.chat.Tool;
import dev.customhouse.canonical.chat.ToolChoice;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request fitted to what its target needs, and the way back for the answer: tools' names that are
 * too long or of other letters, namespaces, tools that take free text, ids of calls. The same
 * request is always fitted in the same way.
 */
public final class Fitting {
  /** The one argument of a function that stands for a tool of free text. */
  private static final String INPUT = "input";

  private static final int HASH_CHARS = 8;

  private final Needs needs;
  private final Map<Original, String> sent = new HashMap<>();
  private final Map<String, Original> originals = new HashMap<>();
  private final Map<String, String> callIds = new HashMap<>();

  /** The schemas of arguments of which the provider has another form, by the key of their tool. */
  private final Map<String, JsonNode> argumentSchemas = new HashMap<>();

  private final List<String> unheldTools = new ArrayList<>();
  private @Nullable JsonNode answerSchema;
  private boolean unheldAnswer;
  private final ChatRequest request;

  /** A tool as the client knows it. */
  private record Original(String name, @Nullable String namespace, boolean freeform) {}

  private Fitting(ChatRequest request, Needs needs, boolean held) {
    this.needs = needs;
    this.request = fit(request, held);
  }

  /** The request fitted. */
  public static Fitting of(ChatRequest request, Needs needs) {
    return of(request, needs, false);
  }

  /**
   * The request fitted.
   *
   * @param held true when the client expects an answer that is asked for by a schema to fit it,
   *     even where it does not say so
   */
  static Fitting of(ChatRequest request, Needs needs, boolean held) {
    return new Fitting(request, needs, held);
  }

  /** Tells of schemas to which the target does not hold its model. */
  void tell(Losses losses) {
    unheldTools.forEach(name -> losses.lost(Feature.TOOL_STRICT, name));
    if (unheldAnswer) {
      losses.lost(Feature.FORMAT_STRICT);
    }
  }

  /** What is to be written. */
  public ChatRequest request() {
    return request;
  }

  private ChatRequest fit(ChatRequest given, boolean held) {
    List<Tool> tools = new ArrayList<>(given.tools().size());
    for (Tool tool : given.tools()) {
      tools.add(fit(tool));
    }
    List<Message> messages = new ArrayList<>(given.messages().size());
    for (Message message : given.messages()) {
      messages.add(fit(message));
    }
    return given.toBuilder()
        .tools(tools)
        .messages(messages)
        .toolChoice(fit(given.toolChoice(), given.tools()))
        .outputFormat(fit(given.outputFormat(), held))
        .build();
  }

  private Tool fit(Tool tool) {
    return switch (tool) {
      case Tool.Function function -> fit(function);
      case Tool.Freeform freeform -> {
        String name = name(new Original(freeform.name(), freeform.namespace(), true));
        String namespace = needs.namespaces() ? freeform.namespace() : null;
        yield needs.freeformTools()
            ? new Tool.Freeform(
                name, namespace, freeform.description(), freeform.grammar(), freeform.extras())
            : new Tool.Function(
                name,
                namespace,
                described(freeform),
                inputSchema(),
                null,
                false,
                freeform.extras());
      }
      case Tool.Native own -> own;
    };
  }

  private Tool.Function fit(Tool.Function function) {
    String name = name(new Original(function.name(), function.namespace(), false));
    JsonNode schema = function.schema();
    Boolean strict = function.strict();
    if (needs.strictSchemas() && Boolean.TRUE.equals(strict)) {
      JsonNode closed =
          schema == null || schema.isEmpty() ? StrictSchema.empty() : StrictSchema.of(schema);
      if (closed == null) {
        unheldTools.add(function.name());
        strict = false;
      } else {
        if (schema != null && !closed.equals(schema)) {
          argumentSchemas.put(key(name, function.namespace()), schema);
        }
        schema = closed;
      }
    }
    return new Tool.Function(
        name,
        needs.namespaces() ? function.namespace() : null,
        function.description(),
        schema,
        strict,
        function.deferred(),
        function.extras());
  }

  private @Nullable OutputFormat fit(@Nullable OutputFormat format, boolean held) {
    if (!needs.strictSchemas() || !(format instanceof OutputFormat.JsonSchema given)) {
      return format;
    }
    Boolean strict = given.strict();
    JsonNode schema = given.schema();
    if (Boolean.TRUE.equals(strict) || held && strict == null) {
      JsonNode closed = StrictSchema.of(schema);
      unheldAnswer = closed == null;
      strict = closed != null;
      answerSchema = closed == null || closed.equals(schema) ? null : schema;
      schema = closed == null ? schema : closed;
    }
    return new OutputFormat.JsonSchema(
        given.name(), given.description(), schema, strict, given.extras());
  }

  private static ObjectNode inputSchema() {
    ObjectNode schema = Json.object().put("type", "object");
    schema
        .putObject("properties")
        .putObject(INPUT)
        .put("type", "string")
        .put("description", "The whole input of the tool, as plain text.");
    schema.putArray("required").add(INPUT);
    schema.put("additionalProperties", false);
    return schema;
  }

  /** A grammar cannot be enforced elsewhere; the model is told of it. */
  private static @Nullable String described(Tool.Freeform freeform) {
    JsonNode grammar = freeform.grammar();
    JsonNode definition = grammar == null ? null : grammar.path("grammar").path("definition");
    if (definition == null || definition.isMissingNode()) {
      definition = grammar == null ? null : grammar.path("definition");
    }
    if (definition == null || !definition.isTextual()) {
      return freeform.description();
    }
    String before = freeform.description() == null ? "" : freeform.description() + "\n\n";
    return before + "The input must follow this grammar:\n" + definition.textValue();
  }

  private @Nullable ToolChoice fit(@Nullable ToolChoice choice, List<Tool> tools) {
    if (choice == null || choice.names().isEmpty()) {
      return choice;
    }
    List<String> names = new ArrayList<>();
    for (String name : choice.names()) {
      names.add(
          tools.stream()
              .filter(tool -> tool.name().equals(name))
              .findFirst()
              .map(tool ->
                  switch (tool) {
                    case Tool.Function function ->
                        name(new Original(function.name(), function.namespace(), false));
                    case Tool.Freeform freeform ->
                        name(new Original(freeform.name(), freeform.namespace(), true));
                    case Tool.Native own -> own.name();
                  })
              .orElse(name));
    }
    return new ToolChoice(choice.mode(), names, choice.required());
  }

  private Message fit(Message message) {
    List<Content> fitted = new ArrayList<>(message.content().size());
    boolean changed = false;
    for (Content content : message.content()) {
      Content fit = fit(content);
      fitted.add(fit);
      changed |= fit != content;
    }
    return changed ? message.with(fitted) : message;
  }

  private Content fit(Content content) {
    return switch (content) {
      case Content.ToolCall call -> {
        String name = name(new Original(call.name(), call.namespace(), call.freeform()));
        boolean wrapped = call.freeform() && !needs.freeformTools();
        yield new Content.ToolCall(
            callId(call.id()),
            name,
            needs.namespaces() ? call.namespace() : null,
            call.freeform() && needs.freeformTools(),
            wrapped ? wrapped(call.arguments()) : call.arguments(),
            call.seal(),
            call.extras());
      }
      case Content.ToolResult result ->
          new Content.ToolResult(
              callId(result.callId()),
              result.name() == null ? null : name(new Original(result.name(), null, false)),
              result.content().stream().map(this::fit).toList(),
              result.failed(),
              result.extras());
      default -> content;
    };
  }

  private static String wrapped(String input) {
    return new String(Json.write(Json.object().put(INPUT, input)), StandardCharsets.UTF_8);
  }

  private String name(Original original) {
    String known = sent.get(original);
    if (known != null) {
      return known;
    }
    String namespace = needs.namespaces() ? null : original.namespace();
    String plain = namespace == null ? original.name() : namespace + "__" + original.name();
    String name = plain;
    if (!fits(name, needs.toolName(), needs.toolNameChars())
        || originals.containsKey(key(name, original.namespace()))) {
      name = shortened(plain, needs.toolName(), needs.toolNameChars());
    }
    sent.put(original, name);
    originals.put(key(name, original.namespace()), original);
    return name;
  }

  /** Where there are namespaces, a name may be used once in each of them. */
  private String key(String name, @Nullable String namespace) {
    return needs.namespaces() && namespace != null ? namespace + '\n' + name : name;
  }

  private String callId(String id) {
    return callIds.computeIfAbsent(id, given -> callId(given, needs));
  }

  /** The id of a call as these needs allow it: the same one always becomes the same. */
  public static String callId(String id, Needs needs) {
    return fits(id, needs.callId(), needs.callIdChars())
        ? id
        : shortened(id, needs.callId(), needs.callIdChars());
  }

  private static boolean fits(String text, Pattern pattern, int chars) {
    return text.length() <= chars && pattern.matcher(text).matches();
  }

  /** As much of the text as fits, and enough of its hash to tell it from others. */
  private static String shortened(String text, Pattern pattern, int chars) {
    String hash = hash(text);
    if (chars <= HASH_CHARS + 1) {
      return hash.repeat(2).substring(0, chars);
    }
    String clean = text.replaceAll("[^a-zA-Z0-9_-]", "_");
    int kept = Math.min(clean.length(), chars - HASH_CHARS - 1);
    String shortened = clean.substring(0, kept) + "_" + hash;
    return pattern.matcher(shortened).matches() ? shortened : "t_" + hash;
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_CHARS / 2);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The provider's answer with the client's names, and no more calls than the client takes. */
  public ChatAnswer restore(ChatAnswer answer) {
    List<Content> contents = new ArrayList<>(answer.content().size());
    boolean called = false;
    for (Content content : answer.content()) {
      boolean call = content instanceof Content.ToolCall;
      if (!call || !called || !oneCall()) {
        contents.add(restore(content));
      }
      called |= call;
    }
    return new ChatAnswer(
        answer.id(),
        answer.model(),
        contents,
        answer.finish(),
        answer.stopSequence(),
        answer.usage(),
        answer.extras());
  }

  /**
   * True when the client takes one call at a time. Not every provider can be told so: its further
   * calls are left out, and the model makes them again when it has seen the first one's result.
   */
  private boolean oneCall() {
    return Boolean.FALSE.equals(request.parallelToolCalls());
  }

  private Content restore(Content content) {
    JsonNode schema = schemaOf(content);
    return switch (content) {
      case Content.ToolCall call -> {
        Content.ToolCall named = named(call);
        if (named.freeform() && !call.freeform()) {
          yield named.withArguments(unwrapped(named.arguments()));
        }
        yield schema == null
            ? named
            : named.withArguments(StrictAnswer.of(schema, named.arguments()));
      }
      case Content.Text text ->
          schema == null
              ? text
              : new Content.Text(
                  StrictAnswer.of(schema, text.text()), text.citations(), text.extras());
      default -> content;
    };
  }

  /** The schema of which the provider has another form; null: it has none, or that one. */
  private @Nullable JsonNode schemaOf(Content content) {
    return switch (content) {
      case Content.ToolCall call -> argumentSchemas.get(key(call.name(), call.namespace()));
      case Content.Text ignored -> answerSchema;
      default -> null;
    };
  }

  private Content.ToolCall named(Content.ToolCall call) {
    Original original = originals.get(key(call.name(), call.namespace()));
    if (original == null) {
      return call;
    }
    return new Content.ToolCall(
        call.id(),
        original.name(),
        original.namespace(),
        // What is plain text at the provider is no JSON for the client either.
        original.freeform() || call.freeform(),
        call.arguments(),
        call.seal(),
        call.extras());
  }

  /** What is no such object is passed as the model wrote it. */
  private static String unwrapped(String arguments) {
    JsonNode input = Json.read(arguments.getBytes(StandardCharsets.UTF_8)).path(INPUT);
    return input.isTextual() ? input.textValue() : arguments;
  }

  /** The parts of the provider's stream with the client's names, for {@code next}. */
  public Consumer<StreamPart> restoring(Consumer<StreamPart> next) {
    return new Restoring(next);
  }

  /** Free text arrives as JSON, of which nothing can be shown before it is whole. */
  private final class Restoring implements Consumer<StreamPart> {
    private final Consumer<StreamPart> next;
    private final Map<Integer, StringBuilder> held = new HashMap<>();
    private final Map<Integer, StrictAnswer> strict = new HashMap<>();
    private final Set<Integer> leftOut = new HashSet<>();
    private boolean called;

    Restoring(Consumer<StreamPart> next) {
      this.next = next;
    }

    @Override
    public void accept(StreamPart part) {
      switch (part) {
        case StreamPart.BlockBegun begun -> {
          boolean call = begun.opening() instanceof Content.ToolCall;
          if (call && called && oneCall()) {
            leftOut.add(begun.block());
          } else {
            called |= call;
            next.accept(begun(begun));
          }
        }
        case StreamPart.Delta delta -> {
          StringBuilder text = held.get(delta.block());
          StrictAnswer answer = strict.get(delta.block());
          if (text != null) {
            text.append(delta.piece());
          } else if (answer != null) {
            show(delta.block(), answer.piece(delta.piece()));
          } else if (!leftOut.contains(delta.block())) {
            next.accept(delta);
          }
        }
        case StreamPart.Sealed sealed -> {
          if (!leftOut.contains(sealed.block())) {
            next.accept(sealed);
          }
        }
        case StreamPart.BlockEnded ended -> {
          if (leftOut.contains(ended.block())) {
            return;
          }
          StringBuilder text = held.remove(ended.block());
          if (text != null) {
            next.accept(new StreamPart.Delta(ended.block(), unwrapped(text.toString())));
          }
          StrictAnswer answer = strict.remove(ended.block());
          if (answer != null) {
            show(ended.block(), answer.end());
          }
          next.accept(ended);
        }
        default -> next.accept(part);
      }
    }

    private void show(int block, String piece) {
      if (!piece.isEmpty()) {
        next.accept(new StreamPart.Delta(block, piece));
      }
    }

    private StreamPart begun(StreamPart.BlockBegun begun) {
      JsonNode schema = schemaOf(begun.opening());
      StrictAnswer answer = schema == null ? null : new StrictAnswer(schema);
      if (answer != null) {
        strict.put(begun.block(), answer);
      }
      if (answer != null && begun.opening() instanceof Content.Text text) {
        String piece = answer.piece(text.text());
        return new StreamPart.BlockBegun(
            begun.block(), new Content.Text(piece, text.citations(), text.extras()));
      }
      if (!(begun.opening() instanceof Content.ToolCall call)) {
        return begun;
      }
      Content.ToolCall named = named(call);
      if (named.freeform() && !call.freeform()) {
        held.put(begun.block(), new StringBuilder(named.arguments()));
        named = named.withArguments("");
      } else if (answer != null) {
        named = named.withArguments(answer.piece(named.arguments()));
      }
      return new StreamPart.BlockBegun(begun.block(), named);
    }
  }
}
