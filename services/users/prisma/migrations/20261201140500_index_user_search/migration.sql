-- A search finds a text of any length anywhere in a name or an e-mail. Of each user the index holds every part of one,
-- two and three characters: pg_trgm's trigrams alone serve no search for less than three.
CREATE FUNCTION "search_parts"("username" TEXT, "email" TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr(searched, start, length))
    FROM unnest(ARRAY["username", "email"]) AS searched,
        generate_series(1, length(searched)) AS start,
        generate_series(1, 3) AS length
$$;

-- Prisma knows no such indexes. A search would read all that is pending, so nothing is left pending.
CREATE INDEX "users_search_idx" ON "users" USING gin ("search_parts"("username_key", "email_key"))
WITH (fastupdate = off);

-- The sessions of a user that go on, the latest first; those that ended are many more.
CREATE INDEX "sessions_going_on_idx" ON "sessions"("user_id", "id" DESC) WHERE "ended_at" IS NULL;
