-- Deletes older states and their files, of which the bucket keeps a version that the procedure deletes next.
VACUUM {{table}}
