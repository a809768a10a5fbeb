-- CreateTable
CREATE TABLE "order_feeds" (
    "created_by" UUID NOT NULL,
    "last_event" INTEGER NOT NULL,

    CONSTRAINT "order_feeds_pkey" PRIMARY KEY ("created_by")
);

-- CreateTable
CREATE TABLE "order_events" (
    "created_by" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "order" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "order_events_pkey" PRIMARY KEY ("created_by","number")
);

-- CreateIndex
CREATE INDEX "order_events_created_at_idx" ON "order_events"("created_at");

-- Every change of an order becomes an event in the same transaction, whoever makes it. The row of the feed stays locked
-- until that transaction ends, so a user's events are committed in the order of their numbers and without a gap: who has
-- seen number n has seen all before it, and none appears later.
CREATE FUNCTION "record_order_event"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    event_number INTEGER;
BEGIN
    INSERT INTO "order_feeds" ("created_by", "last_event") VALUES (NEW."created_by", 1)
    ON CONFLICT ("created_by") DO UPDATE SET "last_event" = "order_feeds"."last_event" + 1
    RETURNING "last_event" INTO event_number;
    INSERT INTO "order_events" ("created_by", "number", "order")
    VALUES (NEW."created_by", event_number, to_jsonb(NEW));
    PERFORM pg_notify('order_events', NEW."created_by"::TEXT);
    RETURN NULL;
END
$$;

CREATE TRIGGER "orders_record_event" AFTER INSERT OR UPDATE ON "orders"
FOR EACH ROW EXECUTE FUNCTION "record_order_event"();
