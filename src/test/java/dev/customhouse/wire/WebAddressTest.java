package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebAddressTest {
  @ParameterizedTest
  @CsvSource({
    "https://Img.Example.com, https://img.example.com:443/",
    "HTTP://img.example.com./a, http://img.example.com:80/a",
    "https://img.example.com:8443/a/b.png?x=1&y=2#part, https://img.example.com:8443/a/b.png?x=1&y=2",
    "https://img.example.com?q=a|b, https://img.example.com:443/?q=a%7Cb",
    "https://img.example.com/50%.png, https://img.example.com:443/50%25.png",
    "https://img.example.com/%C3%BC/ü[1].png, https://img.example.com:443/%C3%BC/%C3%BC%5B1%5D.png",
    "https://xn--bcher-kva.example/, https://xn--bcher-kva.example:443/",
    "http://93.184.216.34/x, http://93.184.216.34:80/x",
    "http://[2606:4700::1111]:443/x, http://[2606:4700::1111]:443/x"
  })
  void anAddressIsTakenApart(String text, String uri) throws EgressException {
    assertThat(WebAddress.of(text).uri()).hasToString(uri);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "img.example.com/a.png",
        "ftp://img.example.com/a.png",
        "gs://bucket/a.png",
        "file:///etc/hosts",
        "data:image/png;base64,AAAA",
        "//img.example.com/a.png",
        "http:img.example.com",
        "http:/img.example.com",
        "http://",
        "http:///a.png",
        "http://user@img.example.com/",
        "http://user:pass@img.example.com/",
        "http://img.example.com\\@other.example/",
        "http://img.example.com /",
        "http://img.example.com/a\tb",
        "http://img.example.com%2eother/",
        "http://img..example.com/",
        "http://.example.com/",
        "http://-img.example.com/",
        "http://bücher.example/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.256/",
        "http://127.0.0.1.5/",
        "http://example.1/",
        "http://example.0x/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[::1/",
        "http://[::1%25eth0]/",
        "http://[v1.x]/",
        "http://[:::]/",
        "http://img.example.com:/",
        "http://img.example.com:0/",
        "http://img.example.com:65536/",
        "http://img.example.com:80:80/",
        "http://img.example.com:+80/"
      })
  void whatMayBeReadInTwoWaysIsRefused(String text) {
    assertThatThrownBy(() -> WebAddress.of(text)).isInstanceOf(EgressException.class);
  }

  @Test
  void anAddressOfAnyLengthIsNotTaken() {
    assertThatThrownBy(() -> WebAddress.of("https://img.example.com/" + "a".repeat(8 * 1024)))
        .hasMessageContaining("8192");
  }

  @Test
  void aNameWithANumberAtItsEndIsNoName() throws EgressException {
    assertThat(WebAddress.of("http://8.8.8.8/").literal()).isNotNull();
    assertThat(WebAddress.of("http://8.8.8.8.example/").literal()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "https://other.example/x, https://other.example:443/x",
    "//other.example/x, https://other.example:443/x",
    "/x?y=1#z, https://img.example.com:8443/x?y=1",
    "c.png, https://img.example.com:8443/a/c.png",
    "../c.png, https://img.example.com:8443/c.png",
    "?z=2, https://img.example.com:8443/a/b.png?z=2"
  })
  void aRedirectLeadsWhereItSays(String location, String uri) throws EgressException {
    WebAddress from = WebAddress.of("https://img.example.com:8443/a/b.png?x=1");
    assertThat(from.resolve(location).uri()).hasToString(uri);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"file:///etc/hosts", "http:127.0.0.1", "//a@b/", "javascript:alert(1)", "\\\\x"})
  void aRedirectIsReadAsStrictly(String location) throws EgressException {
    WebAddress from = WebAddress.of("https://img.example.com/a");
    assertThatThrownBy(() -> from.resolve(location)).isInstanceOf(EgressException.class);
  }
}
