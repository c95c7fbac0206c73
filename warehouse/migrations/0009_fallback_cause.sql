-- Why a call left one model for another; what is from before has only the model's last error to tell.

ALTER TABLE attempts ADD COLUMN fallback_cause VARCHAR;
COMMENT ON COLUMN attempts.fallback_cause IS 'why the call left the model in fallback_from: the kind of its last error, or out_of_service (its circuits are open), unusable_answer, attempts_spent; NULL if none, or not recorded yet then';
