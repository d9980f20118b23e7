-- The rows are gone from queries at once, from the files once nobody can look back at them any more.
DELETE FROM `{{table}}` WHERE subject = @subject
