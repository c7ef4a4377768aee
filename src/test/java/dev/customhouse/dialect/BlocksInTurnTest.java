package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.StreamPart;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Blocks that are open at the same time, told one after another. */
class BlocksInTurnTest {
  private final BlocksInTurn turns = new BlocksInTurn();

  private static StreamPart begun(int block) {
    return new StreamPart.BlockBegun(block, Content.Text.of(""));
  }

  private static StreamPart piece(int block) {
    return new StreamPart.Delta(block, "p" + block);
  }

  private static StreamPart ended(int block) {
    return new StreamPart.BlockEnded(block);
  }

  @Test
  void theOpenBlocksPartsComeAtOnceAndOthersWait() {
    assertThat(turns.ready(0, begun(0))).containsExactly(begun(0));
    assertThat(turns.ready(1, begun(1))).isEmpty();
    assertThat(turns.ready(0, piece(0))).containsExactly(piece(0));
    assertThat(turns.ready(1, piece(1))).isEmpty();
    assertThat(turns.ready(2, begun(2))).isEmpty();
    assertThat(turns.ready(1, ended(1))).isEmpty();
    assertThat(turns.ready(2, piece(2))).isEmpty();
    assertThat(turns.ready(0, ended(0)))
        .containsExactly(ended(0), begun(1), piece(1), ended(1), begun(2), piece(2));
    assertThat(turns.ready(2, piece(2))).containsExactly(piece(2));
    assertThat(turns.ready(2, ended(2))).containsExactly(ended(2));
    assertThat(turns.rest()).isEmpty();
  }

  @Test
  void everyBlockThatBeganEnds() {
    assertThat(turns.ready(0, begun(0))).hasSize(1);
    assertThat(turns.ready(1, begun(1))).isEmpty();
    assertThat(turns.ready(1, piece(1))).isEmpty();
    assertThat(turns.rest()).isEqualTo(List.of(ended(0), begun(1), piece(1), ended(1)));
    assertThat(turns.rest()).isEmpty();
  }

  @Test
  void partsOfABlockThatNeverBeganAreLeftOut() {
    assertThat(turns.ready(3, piece(3))).isEmpty();
    assertThat(turns.ready(3, ended(3))).isEmpty();
    assertThat(turns.rest()).isEmpty();
  }
}
