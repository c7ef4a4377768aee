package dev.customhouse.sdk;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.reactivestreams.FlowAdapters;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;

/**
 * The JDK's HTTP client under the AWS SDK, whose own clients bring another version of the engine's
 * libraries, or native code.
 */
final class JdkAsyncHttp implements SdkAsyncHttpClient {
  private static final Set<String> SET_BY_THE_CLIENT = Set.of("host", "content-length", "expect");

  private final HttpClient http = HttpClient.newHttpClient();

  @Override
  public CompletableFuture<Void> execute(AsyncExecuteRequest execution) {
    return body(execution.requestContentPublisher())
        .thenCompose(body ->
            http.sendAsync(
                request(execution.request(), body), HttpResponse.BodyHandlers.ofPublisher()))
        .thenCompose(answer -> {
          var head = SdkHttpFullResponse.builder().statusCode(answer.statusCode());
          answer.headers().map().forEach((name, values) -> head.putHeader(name, values));
          execution.responseHandler().onHeaders(head.build());
          Ending ending = new Ending(answer.body());
          execution.responseHandler().onStream(FlowAdapters.toPublisher(ending));
          return ending.over;
        })
        .whenComplete((nothing, failure) -> {
          if (failure != null) {
            execution.responseHandler().onError(failure);
          }
        });
  }

  private static HttpRequest request(SdkHttpRequest request, byte[] body) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(request.getUri());
    SdkHttpMethod method = request.method();
    builder.method(method.name(), HttpRequest.BodyPublishers.ofByteArray(body));
    request.forEachHeader((name, values) -> {
      if (!SET_BY_THE_CLIENT.contains(name.toLowerCase(java.util.Locale.ROOT))) {
        values.forEach(value -> builder.header(name, value));
      }
    });
    return builder.build();
  }

  private static CompletableFuture<byte[]> body(SdkHttpContentPublisher publisher) {
    CompletableFuture<byte[]> whole = new CompletableFuture<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ((Publisher<ByteBuffer>) publisher)
        .subscribe(
            new Subscriber<>() {
              @Override
              public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(ByteBuffer buffer) {
                byte[] piece = new byte[buffer.remaining()];
                buffer.get(piece);
                bytes.writeBytes(piece);
              }

              @Override
              public void onError(Throwable failure) {
                whole.completeExceptionally(failure);
              }

              @Override
              public void onComplete() {
                whole.complete(bytes.toByteArray());
              }
            });
    return whole;
  }

  @Override
  public void close() {
    http.close();
  }

  /** The pieces of a body, and a word when it is over. */
  private static final class Ending implements Flow.Publisher<ByteBuffer> {
    private final Flow.Publisher<List<ByteBuffer>> lists;
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    Ending(Flow.Publisher<List<ByteBuffer>> lists) {
      this.lists = lists;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
      lists.subscribe(
          new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
              subscriber.onSubscribe(
                  new Flow.Subscription() {
                    @Override
                    public void request(long count) {
                      // Lists come in the place of pieces: asking for all keeps the account simple.
                      subscription.request(Long.MAX_VALUE);
                    }

                    @Override
                    public void cancel() {
                      subscription.cancel();
                      over.complete(null);
                    }
                  });
            }

            @Override
            public void onNext(List<ByteBuffer> pieces) {
              pieces.forEach(subscriber::onNext);
            }

            @Override
            public void onError(Throwable failure) {
              subscriber.onError(failure);
              over.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
              subscriber.onComplete();
              over.complete(null);
            }
          });
    }
  }
}
