package dev.customhouse.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.Glob;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "gpt-*, gpt-5.5, 5.5",
    "gpt-*, gpt-, ''",
    "gpt-*, gpt,",
    "gpt-*, xgpt-5,",
    "*, anything/at:all, anything/at:all",
    "openai/*, openai/gpt-5.5, gpt-5.5",
    "*-mini, gpt-mini, gpt",
    "a*a, a,",
    "a*a, aa, ''",
    "a*b*c, a1b2c, 1",
    "a*b*c, abbc, ''",
    "a*bc*c, abc,",
    "a*b*b, ab,",
    "plain, plain, ''",
    "plain, plainer,",
    "a.c, abc,",
    "a+, aa,"
  })
  void aStarStandsForAnyCharactersAndNothingElseIsAWildcard(
      String glob, String name, @Nullable String star) {
    assertThat(new Glob(glob).star(name)).isEqualTo(Optional.ofNullable(star));
    assertThat(new Glob(glob).matches(name)).isEqualTo(star != null);
  }

  @Test
  void manyStarsTakeNoLongTime() {
    assertThat(new Glob("*a".repeat(100) + "*b").matches("a".repeat(10_000))).isFalse();
  }

  @Test
  void anExactNameGoesFirstThenTheGlobThatSaysMost() {
    ModelNames names = new ModelNames(List.of("*", "gpt-*", "gpt-5*", "*-5.5", "gpt-5.5"));
    assertThat(names.find("gpt-5.5")).contains(new ModelNames.Match("gpt-5.5", ""));
    assertThat(names.find("gpt-5-mini")).contains(new ModelNames.Match("gpt-5*", "-mini"));
    assertThat(names.find("gpt-4")).contains(new ModelNames.Match("gpt-*", "4"));
    assertThat(names.find("x-5.5")).contains(new ModelNames.Match("*-5.5", "x"));
    assertThat(names.find("claude")).contains(new ModelNames.Match("*", "claude"));
    assertThat(new ModelNames(List.of("gpt-*")).find("claude")).isEmpty();
  }

  @Test
  void ofTwoGlobsThatSayAsMuchTheFirstCounts() {
    assertThat(new ModelNames(List.of("a*", "*b")).find("ab"))
        .contains(new ModelNames.Match("a*", "b"));
    assertThat(new ModelNames(List.of("*b", "a*")).find("ab"))
        .contains(new ModelNames.Match("*b", "a"));
  }

  @Test
  void theUpstreamModelIsTheAskedNameTheStarOrAnother() {
    assertThat(new Settings.Target("p", null, 1).upstreamModel("p/x", "x")).isEqualTo("p/x");
    assertThat(new Settings.Target("p", "*", 1).upstreamModel("p/x", "x")).isEqualTo("x");
    assertThat(new Settings.Target("p", "y", 1).upstreamModel("p/x", "x")).isEqualTo("y");
  }
}
