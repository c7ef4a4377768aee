package dev.customhouse.dialect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.customhouse.canonical.ModelCard;
import java.util.List;

/** Lists of models as both of OpenAI's dialects write them. */
public final class OpenAiModels {
  private OpenAiModels() {}

  /** {@code {"object":"list","data":[...]}}. */
  public static byte[] list(List<ModelCard> models) {
    ObjectNode list = Json.object();
    list.put("object", "list");
    var data = list.putArray("data");
    for (ModelCard model : models) {
      data.add(entry(model));
    }
    return Json.write(list);
  }

  /** One model. */
  public static ObjectNode entry(ModelCard model) {
    return Json.object()
        .put("id", model.id())
        .put("object", "model")
        .put("created", model.created().getEpochSecond())
        .put("owned_by", model.ownedBy());
  }
}
