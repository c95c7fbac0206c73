-- One row per intent whose outcome is not beside it, told by the first bytes of both: parsing the others is waste.
SELECT payload
FROM intent_lines
-- An outcome begins with its intent as it was written. Intents of longer ids stay; the insert sees to them.
WHERE
    payload[16:63] NOT IN (SELECT payload[26:73] FROM outcome_lines)
    OR NOT contains(payload[16:63], '"')
