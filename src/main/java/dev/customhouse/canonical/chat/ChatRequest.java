package dev.customhouse.canonical.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks a model. Null: not said.
 *
 * @param model as the client named it
 * @param messages instructions at the beginning first, then the conversation
 * @param endUser the client's own name for its user; personal, so that it is hashed on its way
 * @param serviceTier {@code auto}, {@code default}, {@code flex} or {@code priority}
 * @param cacheKey what requests that share a prompt cache share
 * @param extras the request's own members that the hub has no noun for
 */
public record ChatRequest(
    String model,
    List<Message> messages,
    List<Tool> tools,
    @Nullable ToolChoice toolChoice,
    @Nullable Boolean parallelToolCalls,
    Sampling sampling,
    @Nullable Thinking thinking,
    @Nullable OutputFormat outputFormat,
    boolean stream,
    @Nullable String endUser,
    @Nullable String serviceTier,
    @Nullable String cacheKey,
    Extras extras) {
  /** The lists stay in their order. */
  public ChatRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }

  /** A builder with nothing said. */
  public static Builder builder(String model) {
    return new Builder(model);
  }

  /** A builder that says what this says. */
  public Builder toBuilder() {
    Builder builder = new Builder(model);
    builder.messages = messages;
    builder.tools = tools;
    builder.toolChoice = toolChoice;
    builder.parallelToolCalls = parallelToolCalls;
    builder.sampling = sampling;
    builder.thinking = thinking;
    builder.outputFormat = outputFormat;
    builder.stream = stream;
    builder.endUser = endUser;
    builder.serviceTier = serviceTier;
    builder.cacheKey = cacheKey;
    builder.extras = extras;
    return builder;
  }

  /** Without anything that a client wrote. */
  @Override
  public String toString() {
    return "ChatRequest[%d messages, %d tools]".formatted(messages.size(), tools.size());
  }

  /** Says one thing after another. */
  public static final class Builder {
    private String model;
    private List<Message> messages = List.of();
    private List<Tool> tools = List.of();
    private @Nullable ToolChoice toolChoice;
    private @Nullable Boolean parallelToolCalls;
    private Sampling sampling = Sampling.NONE;
    private @Nullable Thinking thinking;
    private @Nullable OutputFormat outputFormat;
    private boolean stream;
    private @Nullable String endUser;
    private @Nullable String serviceTier;
    private @Nullable String cacheKey;
    private Extras extras = Extras.NONE;

    private Builder(String model) {
      this.model = model;
    }

    public Builder model(String model) {
      this.model = model;
      return this;
    }

    public Builder messages(List<Message> messages) {
      this.messages = messages;
      return this;
    }

    public Builder tools(List<Tool> tools) {
      this.tools = tools;
      return this;
    }

    public Builder toolChoice(@Nullable ToolChoice toolChoice) {
      this.toolChoice = toolChoice;
      return this;
    }

    public Builder parallelToolCalls(@Nullable Boolean parallelToolCalls) {
      this.parallelToolCalls = parallelToolCalls;
      return this;
    }

    public Builder sampling(Sampling sampling) {
      this.sampling = sampling;
      return this;
    }

    public Builder thinking(@Nullable Thinking thinking) {
      this.thinking = thinking;
      return this;
    }

    public Builder outputFormat(@Nullable OutputFormat outputFormat) {
      this.outputFormat = outputFormat;
      return this;
    }

    public Builder stream(boolean stream) {
      this.stream = stream;
      return this;
    }

    public Builder endUser(@Nullable String endUser) {
      this.endUser = endUser;
      return this;
    }

    public Builder serviceTier(@Nullable String serviceTier) {
      this.serviceTier = serviceTier;
      return this;
    }

    public Builder cacheKey(@Nullable String cacheKey) {
      this.cacheKey = cacheKey;
      return this;
    }

    public Builder extras(Extras extras) {
      this.extras = extras;
      return this;
    }

    public ChatRequest build() {
      return new ChatRequest(
          model,
          messages,
          tools,
          toolChoice,
          parallelToolCalls,
          sampling,
          thinking,
          outputFormat,
          stream,
          endUser,
          serviceTier,
          cacheKey,
          extras);
    }
  }
}
