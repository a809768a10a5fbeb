-- CreateIndex
CREATE INDEX "orders_created_by_status_id_idx" ON "orders"("created_by", "status", "id" DESC);

-- CreateIndex
CREATE INDEX "orders_status_id_idx" ON "orders"("status", "id" DESC);
