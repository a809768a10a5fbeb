-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "refresh_salt" BYTEA;
