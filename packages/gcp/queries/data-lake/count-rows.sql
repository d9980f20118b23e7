-- Must answer 0.
SELECT COUNT(*) FROM `{{table}}` WHERE subject = @subject
