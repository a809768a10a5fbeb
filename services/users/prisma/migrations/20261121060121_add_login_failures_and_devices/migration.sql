-- AlterTable
ALTER TABLE "users" ADD COLUMN     "disabled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "address" VARCHAR(45),
ADD COLUMN     "agent" VARCHAR(300),
ADD COLUMN     "network" VARCHAR(45) NOT NULL DEFAULT '',
ADD COLUMN     "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "login_failures" (
    "id" UUID NOT NULL,
    "account" BYTEA NOT NULL,
    "network" VARCHAR(45) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "login_failures_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "login_failures_network_at_idx" ON "login_failures"("network", "at");

-- CreateIndex
CREATE INDEX "login_failures_account_at_idx" ON "login_failures"("account", "at");

-- CreateIndex
CREATE INDEX "login_failures_at_idx" ON "login_failures"("at");
