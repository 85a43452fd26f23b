"""C6: how long a standing takes to work out does not depend on how many others there are."""

from sqlalchemy import event

from adapter.store.open import open_store
from tests.build import T0, identified_event, with_workspace
from tests.segmenting import Kept, performed, segment


def test_c6_only_the_persons_own_events_are_read_to_work_their_standing_out(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store)
    kept = Kept(store)
    kept.run(*(identified_event(f"u-{n}") for n in range(3)))
    kept.redefine(segment(performed()))
    said = []
    event.listen(store._writer, "before_cursor_execute", lambda *told: said.append(told[2:4]))

    assert kept.upkeep_at(T0) == 3

    reading = [each for each in said if "FROM" in each[0] and "person_events.was_an" in each[0]]
    with store._reader.connect() as connection:
        steps = [
            row[3]
            for statement, parameters in reading
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if "person_events" in row[3]
        ]
    store.close()
    assert steps == [
        "SEARCH person_events USING INDEX person_events_person_id_id_idx (person_id=?)"
    ]
