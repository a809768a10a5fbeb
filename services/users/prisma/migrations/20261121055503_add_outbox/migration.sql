-- CreateTable
CREATE TABLE "outbox_events" (
    "id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "type" VARCHAR(40) NOT NULL,
    "user_id" UUID NOT NULL,
    "changed_by" UUID NOT NULL,
    "request_id" VARCHAR(64) NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "refusals" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_error" VARCHAR(500),
    "delivered_at" TIMESTAMPTZ(3),
    "parked_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "outbox_events_number_key" ON "outbox_events"("number");

-- CreateIndex
CREATE INDEX "outbox_events_delivered_at_idx" ON "outbox_events"("delivered_at");

-- What waits is a handful of rows beside those that have been delivered. Prisma knows no such indexes.
CREATE INDEX "outbox_events_waiting_idx" ON "outbox_events"("number")
WHERE "delivered_at" IS NULL AND "parked_at" IS NULL;

CREATE INDEX "outbox_events_waiting_for_idx" ON "outbox_events"("user_id", "number")
WHERE "delivered_at" IS NULL AND "parked_at" IS NULL;
