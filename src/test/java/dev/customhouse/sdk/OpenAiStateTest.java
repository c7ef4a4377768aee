package dev.customhouse.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.CompactedResponse;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCompactParams;
import com.openai.models.responses.ResponseCompactionItemParam;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseRetrieveParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.customhouse.FakeUpstream;
import dev.customhouse.House;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** openai-java with a model whose provider speaks Chat Completions and keeps nothing. */
class OpenAiStateTest {
  private static final ResponseCreateParams ASKED =
      ResponseCreateParams.builder().model("m").input("a question").background(true).build();

  private final CountDownLatch rest = new CountDownLatch(1);
  private FakeUpstream upstream;
  private House house;
  private OpenAIClient openai;

  @BeforeEach
  void open() {
    upstream = FakeUpstream.of(this::answer);
    house =
        House.of(
            """
            providers:
              chat: { type: openai-compatible, base_url: "%s/v1" }
            models:
              m: { provider: chat }
            """
                .formatted(upstream.root()));
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl(house.root() + "/v1")
            .apiKey(House.KEY)
            .maxRetries(0)
            .build();
  }

  @AfterEach
  void close() {
    openai.close();
    house.close();
    upstream.close();
  }

  private void answer(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws IOException, InterruptedException {
    connection.beginEvents();
    connection.chunk(chunk("{\"role\":\"assistant\",\"content\":\"one \"}", "null"));
    if (!rest.await(20, TimeUnit.SECONDS)) {
      connection.cut();
      return;
    }
    connection.chunk(chunk("{\"content\":\"two\"}", "null"));
    connection.chunk(chunk("{}", "\"stop\"") + "data: [DONE]\n\n");
    connection.end();
  }

  private static String chunk(String delta, String finish) {
    return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"x\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n"
        .formatted(delta, finish);
  }

  private static String text(Response response) {
    return response.output().getFirst().asMessage().content().getFirst().asOutputText().text();
  }

  @Test
  void aResponseIsMadeInTheBackgroundAndPolled() throws Exception {
    Response begun = openai.responses().create(ASKED).validate();
    assertThat(begun.status()).contains(ResponseStatus.QUEUED);
    assertThat(begun.background()).contains(true);
    var unused = upstream.next();
    Response underWay = openai.responses().retrieve(begun.id()).validate();
    assertThat(underWay.status())
        .hasValueSatisfying(
            status -> assertThat(status).isIn(ResponseStatus.QUEUED, ResponseStatus.IN_PROGRESS));
    rest.countDown();
    ResponseAccumulator accumulator = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream =
        openai.responses().retrieveStreaming(begun.id())) {
      stream.stream().map(ResponseStreamEvent::validate).forEach(accumulator::accumulate);
    }
    Response done = openai.responses().retrieve(begun.id()).validate();

    assertThat(done.status()).contains(ResponseStatus.COMPLETED);
    assertThat(text(done)).isEqualTo("one two");
    assertThat(accumulator.response()).isEqualTo(done);
    openai.responses().delete(begun.id());
    assertThatThrownBy(() -> openai.responses().retrieve(begun.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aResponseInTheBackgroundIsCancelled() throws Exception {
    Response begun = openai.responses().create(ASKED);
    var unused = upstream.next();
    Response cancelled = openai.responses().cancel(begun.id()).validate();

    assertThat(cancelled.status()).contains(ResponseStatus.CANCELLED);
    assertThat(openai.responses().retrieve(begun.id())).isEqualTo(cancelled);
    rest.countDown();
    upstream.departureNanos();
    assertThatThrownBy(() ->
            openai.responses().create(ASKED.toBuilder().previousResponseId(begun.id()).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("cancelled");
  }

  @Test
  void aStreamThatWasLeftIsResumed() {
    List<Long> numbers = new ArrayList<>();
    String id = "";
    try (StreamResponse<ResponseStreamEvent> stream = openai.responses().createStreaming(ASKED)) {
      Iterator<ResponseStreamEvent> events = stream.stream().iterator();
      ResponseStreamEvent event = events.next().validate();
      id = event.asCreated().response().id();
      numbers.add(event.asCreated().sequenceNumber());
      while (!event.isOutputTextDelta()) {
        event = events.next().validate();
      }
      numbers.add(event.asOutputTextDelta().sequenceNumber());
    }
    rest.countDown();
    List<ResponseStreamEvent> resumed = new ArrayList<>();
    try (StreamResponse<ResponseStreamEvent> stream =
        openai
            .responses()
            .retrieveStreaming(
                ResponseRetrieveParams.builder()
                    .responseId(id)
                    .startingAfter(numbers.getLast())
                    .build())) {
      stream.stream().map(ResponseStreamEvent::validate).forEach(resumed::add);
    }

    assertThat(numbers.getFirst()).isZero();
    assertThat(resumed.getFirst().asOutputTextDelta().sequenceNumber())
        .isEqualTo(numbers.getLast() + 1);
    assertThat(resumed.getFirst().asOutputTextDelta().delta()).isEqualTo("two");
    assertThat(text(resumed.getLast().asCompleted().response())).isEqualTo("one two");
  }

  @Test
  void aConversationIsCompactedAndGoesOn() throws Exception {
    rest.countDown();
    CompactedResponse compacted =
        openai
            .responses()
            .compact(
                ResponseCompactParams.builder().model("m").input("a long conversation").build());
    assertThat(upstream.next().text()).contains("a long conversation");
    var item = compacted.output().getLast().asCompaction().validate();
    Response next =
        openai
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model("m")
                    .background(true)
                    .inputOfResponse(
                        List.of(
                            ResponseInputItem.ofCompaction(
                                ResponseCompactionItemParam.builder()
                                    .id(item.id())
                                    .encryptedContent(item.encryptedContent())
                                    .build()),
                            ResponseInputItem.ofEasyInputMessage(
                                EasyInputMessage.builder()
                                    .role(EasyInputMessage.Role.USER)
                                    .content("go on")
                                    .build())))
                    .build());

    assertThat(upstream.next().text()).contains("one two", "go on");
    assertThat(compacted.id()).startsWith("resp_");
    assertThat(compacted.usage().validate().outputTokens()).isNotNegative();
    assertThat(next.id()).isNotEqualTo(compacted.id());
  }
}
