-- CreateEnum
CREATE TYPE "order_action" AS ENUM ('placed', 'changed', 'cancelled', 'shipped');

-- CreateTable
CREATE TABLE "order_changes" (
    "order_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "id" UUID NOT NULL,
    "action" "order_action" NOT NULL,
    "changed_by" UUID NOT NULL,
    "request_id" VARCHAR(64) NOT NULL,
    "changes" JSONB NOT NULL,
    "reason" VARCHAR(40),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "order_changes_pkey" PRIMARY KEY ("order_id","version")
);

-- CreateTable
CREATE TABLE "deleted_users" (
    "id" UUID NOT NULL,
    "deleted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deleted_users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "received_events" (
    "id" UUID NOT NULL,
    "type" VARCHAR(40) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "received_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "order_changes_id_key" ON "order_changes"("id");

-- CreateIndex
CREATE INDEX "received_events_received_at_idx" ON "received_events"("received_at");

-- AddForeignKey
ALTER TABLE "order_changes" ADD CONSTRAINT "order_changes_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A history is added to, and goes with its order; it is never rewritten. Orders that were placed before this migration
-- have what happens to them from here on.
CREATE FUNCTION "refuse_to_rewrite_history"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The history of an order is not rewritten.';
END
$$;

CREATE TRIGGER "order_changes_stay" BEFORE UPDATE ON "order_changes"
FOR EACH ROW EXECUTE FUNCTION "refuse_to_rewrite_history"();

-- As before, and a user who is deleted places nothing. The feed is locked before that is asked, as it is by whoever notes
-- the deletion: so either that is seen here, or the order is seen there and cancelled. SQLSTATE GH001 is read in store.ts.
CREATE OR REPLACE FUNCTION "record_order_event"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    event_number INTEGER;
BEGIN
    INSERT INTO "order_feeds" ("created_by", "last_event") VALUES (NEW."created_by", 1)
    ON CONFLICT ("created_by") DO UPDATE SET "last_event" = "order_feeds"."last_event" + 1
    RETURNING "last_event" INTO event_number;
    IF TG_OP = 'INSERT' AND EXISTS (SELECT 1 FROM "deleted_users" WHERE "id" = NEW."created_by") THEN
        RAISE EXCEPTION 'The user is deleted.' USING ERRCODE = 'GH001';
    END IF;
    INSERT INTO "order_events" ("created_by", "number", "order")
    VALUES (NEW."created_by", event_number, to_jsonb(NEW));
    PERFORM pg_notify('order_events', NEW."created_by"::TEXT);
    RETURN NULL;
END
$$;
