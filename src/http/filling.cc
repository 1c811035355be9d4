#include "http/filling.h"

namespace tessera::http {

Filling filling_of(engine::View& view) {
  const engine::Backfill backfill = view.backfill().state;
  if (backfill.is_under_way() && backfill.end > 1) return {"history", backfill.next - 1, backfill.end - 1};
  const engine::SweepSnapshot sweep = view.sweep();
  return {"people", sweep.done, sweep.of};
}

void write_filling(JsonWriter& json, const Filling& filling) {
  if (filling.of == 0) return;
  json.key("filling").begin_object().key("stage").string(filling.stage);
  json.key("done").number(filling.done).key("of").number(filling.of).end_object();
}

}  // namespace tessera::http
