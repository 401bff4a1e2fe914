-- The statements that the engine derives from the descriptions in package schema,
-- and the triggers. Made by a test, which also holds it to be true: go test ./repo -update

-- sessions
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, description, status, start_time, end_time, last_screenshot_time, paused_at, total_paused_time, screenshot_interval, auto_analysis, enable_screenshots, audio_mode, audio_recording, audio_review_completed, video_recording, transcript_upgrade_completed, category, sub_category, activity_type, total_duration, full_audio_attachment_id, audio_config, video_config, enrichment_config, enrichment_lock, version, relationship_version, duration, lists, sum
FROM sessions
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.description, e.status, e.start_time, e.end_time, e.last_screenshot_time, e.paused_at, e.total_paused_time, e.screenshot_interval, e.auto_analysis, e.enable_screenshots, e.audio_mode, e.audio_recording, e.audio_review_completed, e.video_recording, e.transcript_upgrade_completed, e.category, e.sub_category, e.activity_type, e.total_duration, e.full_audio_attachment_id, e.audio_config, e.video_config, e.enrichment_config, e.enrichment_lock, e.version, e.relationship_version, e.duration, e.lists, e.sum
FROM json_each(?)
CROSS JOIN sessions AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.description, e.status, e.start_time, e.end_time, e.last_screenshot_time, e.paused_at, e.total_paused_time, e.screenshot_interval, e.auto_analysis, e.enable_screenshots, e.audio_mode, e.audio_recording, e.audio_review_completed, e.video_recording, e.transcript_upgrade_completed, e.category, e.sub_category, e.activity_type, e.total_duration, e.full_audio_attachment_id, e.audio_config, e.video_config, e.enrichment_config, e.enrichment_lock, e.version, e.relationship_version, e.duration, e.lists, e.sum
FROM json_each(?)
CROSS JOIN sessions AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM sessions
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO sessions (id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, description, status, start_time, end_time, last_screenshot_time, paused_at, total_paused_time, screenshot_interval, auto_analysis, enable_screenshots, audio_mode, audio_recording, audio_review_completed, video_recording, transcript_upgrade_completed, category, sub_category, activity_type, total_duration, full_audio_attachment_id, audio_config, video_config, enrichment_config, enrichment_lock, version, relationship_version, duration, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE sessions
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, name = ?, description = ?, status = ?, start_time = ?, end_time = ?, last_screenshot_time = ?, paused_at = ?, total_paused_time = ?, screenshot_interval = ?, auto_analysis = ?, enable_screenshots = ?, audio_mode = ?, audio_recording = ?, audio_review_completed = ?, video_recording = ?, transcript_upgrade_completed = ?, category = ?, sub_category = ?, activity_type = ?, total_duration = ?, full_audio_attachment_id = ?, audio_config = ?, video_config = ?, enrichment_config = ?, enrichment_lock = ?, version = ?, relationship_version = ?, duration = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM sessions
WHERE pk = ?;

UPDATE sessions
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, description, status, start_time, end_time, last_screenshot_time, paused_at, total_paused_time, screenshot_interval, auto_analysis, enable_screenshots, audio_mode, audio_recording, audio_review_completed, video_recording, transcript_upgrade_completed, category, sub_category, activity_type, total_duration, full_audio_attachment_id, audio_config, video_config, enrichment_config, enrichment_lock, version, relationship_version, duration, lists, sum
FROM sessions
WHERE pk = ?;

UPDATE sessions
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM sessions
WHERE id = ?;

SELECT e.pk, e.id, name AS title, e.status AS status, e.start_time, e.saved_at, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM sessions AS e;

SELECT e.pk, e.id, name AS title, e.status AS status, e.start_time, e.saved_at, NULL, e.rev, NULL, NULL
FROM sessions AS e;

SELECT e.pk, e.id, name AS title, e.status AS status, e.start_time, e.saved_at, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM sessions AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

SELECT session_pk, tag
FROM session_tags
WHERE session_pk IN (SELECT value FROM json_each(?))
ORDER BY session_pk, pos;

SELECT session_pk, tag
FROM session_tags
WHERE session_pk BETWEEN ? AND ?
ORDER BY session_pk, pos;

WITH asked AS (SELECT value FROM json_each(?))
SELECT thumbnail_blob
FROM session_video_chapters
WHERE session_pk IN asked AND thumbnail_blob IS NOT NULL
UNION
SELECT substr(thumbnail_form, 10)
FROM session_video_chapters
WHERE session_pk IN asked AND substr(thumbnail_form, 1, 9) = 'verbatim:'
UNION
SELECT attachment_data_blob
FROM session_screenshots
WHERE session_pk IN asked AND attachment_data_blob IS NOT NULL
UNION
SELECT substr(attachment_data_form, 10)
FROM session_screenshots
WHERE session_pk IN asked AND substr(attachment_data_form, 1, 9) = 'verbatim:'
UNION
SELECT base64_blob
FROM session_screenshots
WHERE session_pk IN asked AND base64_blob IS NOT NULL
UNION
SELECT substr(base64_form, 10)
FROM session_screenshots
WHERE session_pk IN asked AND substr(base64_form, 1, 9) = 'verbatim:';

-- facets of sessions
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'status', e.status, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e
UNION ALL
SELECT e.pk, e.trash, 'tag', c.tag, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e
CROSS JOIN session_tags AS c ON c.session_pk = e.pk
WHERE NOT EXISTS (SELECT 1 FROM session_tags AS p WHERE p.session_pk = c.session_pk AND p.tag = c.tag AND p.pos < c.pos)
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e
CROSS JOIN session_links AS c ON c.session_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM session_links AS p WHERE p.session_pk = c.session_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'session';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'session' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'session', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'session' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM sessions WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- session_tags
SELECT tag
FROM session_tags
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.tag
FROM json_each(?)
CROSS JOIN session_tags AS c ON c.session_pk = json_each.value;

SELECT 0, pos, sum
FROM session_tags
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_tags (session_pk, pos, tag, sum)
VALUES (?, ?, ?, ?);

DELETE FROM session_tags
WHERE session_pk = ?;

SELECT pos, tag, sum
FROM session_tags
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_tags
SET sum = ?
WHERE session_pk = ? AND pos = ?;

-- session_links
SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd
FROM session_links
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.member, c.type, c.kind, c.id, c.incoming, c.rel_id, c.rel_type, c.source_type, c.source_id, c.target_type, c.target_id, c.metadata, c.canonical, c.extra, c.odd
FROM json_each(?)
CROSS JOIN session_links AS c ON c.session_pk = json_each.value;

SELECT 0, pos, sum
FROM session_links
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_links (session_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM session_links
WHERE session_pk = ?;

SELECT pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum
FROM session_links
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_links
SET sum = ?
WHERE session_pk = ? AND pos = ?;

-- session_videos
SELECT pk, id, extra, odd, session_id, duration, chunking_status, path, optimized_path, full_video_attachment_id, processed_at, chunking_error, start_time, end_time
FROM session_videos
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.session_id, c.duration, c.chunking_status, c.path, c.optimized_path, c.full_video_attachment_id, c.processed_at, c.chunking_error, c.start_time, c.end_time
FROM json_each(?)
CROSS JOIN session_videos AS c ON c.session_pk = json_each.value;

SELECT pk, pos, sum
FROM session_videos
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_videos (session_pk, pos, id, extra, odd, session_id, duration, chunking_status, path, optimized_path, full_video_attachment_id, processed_at, chunking_error, start_time, end_time, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE session_videos
SET pos = ?, id = ?, extra = ?, odd = ?, session_id = ?, duration = ?, chunking_status = ?, path = ?, optimized_path = ?, full_video_attachment_id = ?, processed_at = ?, chunking_error = ?, start_time = ?, end_time = ?, sum = ?
WHERE pk = ?;

UPDATE session_videos
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM session_videos
WHERE pk = ?;

DELETE FROM session_videos
WHERE session_pk = ?;

SELECT max(pos)
FROM session_videos
WHERE session_pk = ?;

SELECT count(*)
FROM session_videos
WHERE session_pk = ? AND pos < ?;

SELECT count(*)
FROM session_videos
WHERE session_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, session_id, duration, chunking_status, path, optimized_path, full_video_attachment_id, processed_at, chunking_error, start_time, end_time, pos, sum
FROM session_videos
WHERE session_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, session_id, duration, chunking_status, path, optimized_path, full_video_attachment_id, processed_at, chunking_error, start_time, end_time, pos, sum
FROM session_videos
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, session_id, duration, chunking_status, path, optimized_path, full_video_attachment_id, processed_at, chunking_error, start_time, end_time, sum
FROM session_videos
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_videos
SET sum = ?
WHERE pk = ?;

-- session_video_chapters
SELECT pk, id, extra, odd, session_id, start_time, end_time, title, created_at, summary, key_topics, thumbnail_blob, thumbnail_form, confidence
FROM session_video_chapters
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.session_id, c.start_time, c.end_time, c.title, c.created_at, c.summary, c.key_topics, c.thumbnail_blob, c.thumbnail_form, c.confidence
FROM json_each(?)
CROSS JOIN session_video_chapters AS c ON c.session_pk = json_each.value;

SELECT pk, pos, sum
FROM session_video_chapters
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_video_chapters (session_pk, pos, id, extra, odd, session_id, start_time, end_time, title, created_at, summary, key_topics, thumbnail_blob, thumbnail_form, confidence, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE session_video_chapters
SET pos = ?, id = ?, extra = ?, odd = ?, session_id = ?, start_time = ?, end_time = ?, title = ?, created_at = ?, summary = ?, key_topics = ?, thumbnail_blob = ?, thumbnail_form = ?, confidence = ?, sum = ?
WHERE pk = ?;

UPDATE session_video_chapters
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM session_video_chapters
WHERE pk = ?;

DELETE FROM session_video_chapters
WHERE session_pk = ?;

SELECT max(pos)
FROM session_video_chapters
WHERE session_pk = ?;

SELECT count(*)
FROM session_video_chapters
WHERE session_pk = ? AND pos < ?;

SELECT count(*)
FROM session_video_chapters
WHERE session_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, session_id, start_time, end_time, title, created_at, summary, key_topics, thumbnail_blob, thumbnail_form, confidence, pos, sum
FROM session_video_chapters
WHERE session_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, session_id, start_time, end_time, title, created_at, summary, key_topics, thumbnail_blob, thumbnail_form, confidence, pos, sum
FROM session_video_chapters
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, session_id, start_time, end_time, title, created_at, summary, key_topics, thumbnail_blob, thumbnail_form, confidence, sum
FROM session_video_chapters
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_video_chapters
SET sum = ?
WHERE pk = ?;

-- session_video_chunks
SELECT pk, id, extra, odd, video_id, session_id, attachment_id, start_time, end_time, topic, description, transcript_excerpt, related_screenshot_ids, related_audio_segment_ids, analyzed, analysis_cache, last_analyzed_at
FROM session_video_chunks
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.video_id, c.session_id, c.attachment_id, c.start_time, c.end_time, c.topic, c.description, c.transcript_excerpt, c.related_screenshot_ids, c.related_audio_segment_ids, c.analyzed, c.analysis_cache, c.last_analyzed_at
FROM json_each(?)
CROSS JOIN session_video_chunks AS c ON c.session_pk = json_each.value;

SELECT pk, pos, sum
FROM session_video_chunks
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_video_chunks (session_pk, pos, id, extra, odd, video_id, session_id, attachment_id, start_time, end_time, topic, description, transcript_excerpt, related_screenshot_ids, related_audio_segment_ids, analyzed, analysis_cache, last_analyzed_at, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE session_video_chunks
SET pos = ?, id = ?, extra = ?, odd = ?, video_id = ?, session_id = ?, attachment_id = ?, start_time = ?, end_time = ?, topic = ?, description = ?, transcript_excerpt = ?, related_screenshot_ids = ?, related_audio_segment_ids = ?, analyzed = ?, analysis_cache = ?, last_analyzed_at = ?, sum = ?
WHERE pk = ?;

UPDATE session_video_chunks
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM session_video_chunks
WHERE pk = ?;

DELETE FROM session_video_chunks
WHERE session_pk = ?;

SELECT max(pos)
FROM session_video_chunks
WHERE session_pk = ?;

SELECT count(*)
FROM session_video_chunks
WHERE session_pk = ? AND pos < ?;

SELECT count(*)
FROM session_video_chunks
WHERE session_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, video_id, session_id, attachment_id, start_time, end_time, topic, description, transcript_excerpt, related_screenshot_ids, related_audio_segment_ids, analyzed, analysis_cache, last_analyzed_at, pos, sum
FROM session_video_chunks
WHERE session_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, video_id, session_id, attachment_id, start_time, end_time, topic, description, transcript_excerpt, related_screenshot_ids, related_audio_segment_ids, analyzed, analysis_cache, last_analyzed_at, pos, sum
FROM session_video_chunks
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, video_id, session_id, attachment_id, start_time, end_time, topic, description, transcript_excerpt, related_screenshot_ids, related_audio_segment_ids, analyzed, analysis_cache, last_analyzed_at, sum
FROM session_video_chunks
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_video_chunks
SET sum = ?
WHERE pk = ?;

-- session_screenshots
SELECT pk, id, extra, odd, session_id, timestamp, attachment_id, hash, path, ai_analysis, user_comment, flagged, analysis_status, analysis_error, attachment_data_blob, attachment_data_form, base64_blob, base64_form, relative_time
FROM session_screenshots
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.session_id, c.timestamp, c.attachment_id, c.hash, c.path, c.ai_analysis, c.user_comment, c.flagged, c.analysis_status, c.analysis_error, c.attachment_data_blob, c.attachment_data_form, c.base64_blob, c.base64_form, c.relative_time
FROM json_each(?)
CROSS JOIN session_screenshots AS c ON c.session_pk = json_each.value;

SELECT pk, pos, sum
FROM session_screenshots
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_screenshots (session_pk, pos, id, extra, odd, session_id, timestamp, attachment_id, hash, path, ai_analysis, user_comment, flagged, analysis_status, analysis_error, attachment_data_blob, attachment_data_form, base64_blob, base64_form, relative_time, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE session_screenshots
SET pos = ?, id = ?, extra = ?, odd = ?, session_id = ?, timestamp = ?, attachment_id = ?, hash = ?, path = ?, ai_analysis = ?, user_comment = ?, flagged = ?, analysis_status = ?, analysis_error = ?, attachment_data_blob = ?, attachment_data_form = ?, base64_blob = ?, base64_form = ?, relative_time = ?, sum = ?
WHERE pk = ?;

UPDATE session_screenshots
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM session_screenshots
WHERE pk = ?;

DELETE FROM session_screenshots
WHERE session_pk = ?;

SELECT max(pos)
FROM session_screenshots
WHERE session_pk = ?;

SELECT count(*)
FROM session_screenshots
WHERE session_pk = ? AND pos < ?;

SELECT count(*)
FROM session_screenshots
WHERE session_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, session_id, timestamp, attachment_id, hash, path, ai_analysis, user_comment, flagged, analysis_status, analysis_error, attachment_data_blob, attachment_data_form, base64_blob, base64_form, relative_time, pos, sum
FROM session_screenshots
WHERE session_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, session_id, timestamp, attachment_id, hash, path, ai_analysis, user_comment, flagged, analysis_status, analysis_error, attachment_data_blob, attachment_data_form, base64_blob, base64_form, relative_time, pos, sum
FROM session_screenshots
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, session_id, timestamp, attachment_id, hash, path, ai_analysis, user_comment, flagged, analysis_status, analysis_error, attachment_data_blob, attachment_data_form, base64_blob, base64_form, relative_time, sum
FROM session_screenshots
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_screenshots
SET sum = ?
WHERE pk = ?;

-- session_audio_segments
SELECT pk, id, extra, odd, session_id, timestamp, duration, transcription, attachment_id, hash, start_time, transcription_quality, draft_transcription, enriched_transcription, key_phrases, sentiment, contains_task, contains_blocker, description, mode, model
FROM session_audio_segments
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.session_id, c.timestamp, c.duration, c.transcription, c.attachment_id, c.hash, c.start_time, c.transcription_quality, c.draft_transcription, c.enriched_transcription, c.key_phrases, c.sentiment, c.contains_task, c.contains_blocker, c.description, c.mode, c.model
FROM json_each(?)
CROSS JOIN session_audio_segments AS c ON c.session_pk = json_each.value;

SELECT pk, pos, sum
FROM session_audio_segments
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_audio_segments (session_pk, pos, id, extra, odd, session_id, timestamp, duration, transcription, attachment_id, hash, start_time, transcription_quality, draft_transcription, enriched_transcription, key_phrases, sentiment, contains_task, contains_blocker, description, mode, model, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE session_audio_segments
SET pos = ?, id = ?, extra = ?, odd = ?, session_id = ?, timestamp = ?, duration = ?, transcription = ?, attachment_id = ?, hash = ?, start_time = ?, transcription_quality = ?, draft_transcription = ?, enriched_transcription = ?, key_phrases = ?, sentiment = ?, contains_task = ?, contains_blocker = ?, description = ?, mode = ?, model = ?, sum = ?
WHERE pk = ?;

UPDATE session_audio_segments
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM session_audio_segments
WHERE pk = ?;

DELETE FROM session_audio_segments
WHERE session_pk = ?;

SELECT max(pos)
FROM session_audio_segments
WHERE session_pk = ?;

SELECT count(*)
FROM session_audio_segments
WHERE session_pk = ? AND pos < ?;

SELECT count(*)
FROM session_audio_segments
WHERE session_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, session_id, timestamp, duration, transcription, attachment_id, hash, start_time, transcription_quality, draft_transcription, enriched_transcription, key_phrases, sentiment, contains_task, contains_blocker, description, mode, model, pos, sum
FROM session_audio_segments
WHERE session_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, session_id, timestamp, duration, transcription, attachment_id, hash, start_time, transcription_quality, draft_transcription, enriched_transcription, key_phrases, sentiment, contains_task, contains_blocker, description, mode, model, pos, sum
FROM session_audio_segments
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, session_id, timestamp, duration, transcription, attachment_id, hash, start_time, transcription_quality, draft_transcription, enriched_transcription, key_phrases, sentiment, contains_task, contains_blocker, description, mode, model, sum
FROM session_audio_segments
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_audio_segments
SET sum = ?
WHERE pk = ?;

-- session_context_items
SELECT pk, id, extra, odd, session_id, timestamp, type, content, linked_item_id, note_id, task_id
FROM session_context_items
WHERE session_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.session_id, c.timestamp, c.type, c.content, c.linked_item_id, c.note_id, c.task_id
FROM json_each(?)
CROSS JOIN session_context_items AS c ON c.session_pk = json_each.value;

SELECT pk, pos, sum
FROM session_context_items
WHERE session_pk = ?
ORDER BY pos;

INSERT INTO session_context_items (session_pk, pos, id, extra, odd, session_id, timestamp, type, content, linked_item_id, note_id, task_id, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE session_context_items
SET pos = ?, id = ?, extra = ?, odd = ?, session_id = ?, timestamp = ?, type = ?, content = ?, linked_item_id = ?, note_id = ?, task_id = ?, sum = ?
WHERE pk = ?;

UPDATE session_context_items
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM session_context_items
WHERE pk = ?;

DELETE FROM session_context_items
WHERE session_pk = ?;

SELECT max(pos)
FROM session_context_items
WHERE session_pk = ?;

SELECT count(*)
FROM session_context_items
WHERE session_pk = ? AND pos < ?;

SELECT count(*)
FROM session_context_items
WHERE session_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, session_id, timestamp, type, content, linked_item_id, note_id, task_id, pos, sum
FROM session_context_items
WHERE session_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, session_id, timestamp, type, content, linked_item_id, note_id, task_id, pos, sum
FROM session_context_items
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, session_id, timestamp, type, content, linked_item_id, note_id, task_id, sum
FROM session_context_items
WHERE session_pk = ?
ORDER BY pos;

UPDATE session_context_items
SET sum = ?
WHERE pk = ?;

-- session_documents
SELECT name, body
FROM session_documents
WHERE session_pk = ?;

SELECT json_each.key, c.name, c.body
FROM json_each(?)
CROSS JOIN session_documents AS c ON c.session_pk = json_each.value;

SELECT name, sum
FROM session_documents
WHERE session_pk = ?;

INSERT INTO session_documents (session_pk, name, body, sum)
VALUES (?, ?, ?, ?);

UPDATE session_documents
SET body = ?, sum = ?
WHERE session_pk = ? AND name = ?;

DELETE FROM session_documents
WHERE session_pk = ? AND name = ?;

DELETE FROM session_documents
WHERE session_pk = ?;

SELECT body
FROM session_documents
WHERE session_pk = ? AND name = ?;

SELECT -1, name, body, sum
FROM session_documents
WHERE session_pk = ?;

UPDATE session_documents
SET sum = ?
WHERE session_pk = ? AND name = ?;

-- notes
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, content, summary, timestamp, last_updated, source, status, source_text, metadata, relationship_version, title, created_at, lists, sum
FROM notes
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.content, e.summary, e.timestamp, e.last_updated, e.source, e.status, e.source_text, e.metadata, e.relationship_version, e.title, e.created_at, e.lists, e.sum
FROM json_each(?)
CROSS JOIN notes AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.content, e.summary, e.timestamp, e.last_updated, e.source, e.status, e.source_text, e.metadata, e.relationship_version, e.title, e.created_at, e.lists, e.sum
FROM json_each(?)
CROSS JOIN notes AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM notes
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO notes (id, rev, saved_at, trashed_at, trash_reason, extra, odd, content, summary, timestamp, last_updated, source, status, source_text, metadata, relationship_version, title, created_at, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE notes
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, content = ?, summary = ?, timestamp = ?, last_updated = ?, source = ?, status = ?, source_text = ?, metadata = ?, relationship_version = ?, title = ?, created_at = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM notes
WHERE pk = ?;

UPDATE notes
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, content, summary, timestamp, last_updated, source, status, source_text, metadata, relationship_version, title, created_at, lists, sum
FROM notes
WHERE pk = ?;

UPDATE notes
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM notes
WHERE id = ?;

SELECT e.pk, e.id, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title, e.status AS status, e.timestamp, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM notes AS e;

SELECT e.pk, e.id, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title, e.status AS status, e.timestamp, e.last_updated, NULL, e.rev, NULL, NULL
FROM notes AS e;

SELECT e.pk, e.id, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title, e.status AS status, e.timestamp, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM notes AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

SELECT note_pk, tag
FROM note_tags
WHERE note_pk IN (SELECT value FROM json_each(?))
ORDER BY note_pk, pos;

SELECT note_pk, tag
FROM note_tags
WHERE note_pk BETWEEN ? AND ?
ORDER BY note_pk, pos;

WITH asked AS (SELECT value FROM json_each(?))
SELECT base64_blob
FROM note_attachments
WHERE note_pk IN asked AND base64_blob IS NOT NULL
UNION
SELECT substr(base64_form, 10)
FROM note_attachments
WHERE note_pk IN asked AND substr(base64_form, 1, 9) = 'verbatim:'
UNION
SELECT thumbnail_blob
FROM note_attachments
WHERE note_pk IN asked AND thumbnail_blob IS NOT NULL
UNION
SELECT substr(thumbnail_form, 10)
FROM note_attachments
WHERE note_pk IN asked AND substr(thumbnail_form, 1, 9) = 'verbatim:'
UNION
SELECT compressed_blob
FROM note_attachments
WHERE note_pk IN asked AND compressed_blob IS NOT NULL
UNION
SELECT substr(compressed_form, 10)
FROM note_attachments
WHERE note_pk IN asked AND substr(compressed_form, 1, 9) = 'verbatim:';

-- facets of notes
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'status', e.status, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e
UNION ALL
SELECT e.pk, e.trash, 'tag', c.tag, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e
CROSS JOIN note_tags AS c ON c.note_pk = e.pk
WHERE NOT EXISTS (SELECT 1 FROM note_tags AS p WHERE p.note_pk = c.note_pk AND p.tag = c.tag AND p.pos < c.pos)
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e
CROSS JOIN note_links AS c ON c.note_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM note_links AS p WHERE p.note_pk = c.note_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'note';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'note' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'note', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'note' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM notes WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- note_tags
SELECT tag
FROM note_tags
WHERE note_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.tag
FROM json_each(?)
CROSS JOIN note_tags AS c ON c.note_pk = json_each.value;

SELECT 0, pos, sum
FROM note_tags
WHERE note_pk = ?
ORDER BY pos;

INSERT INTO note_tags (note_pk, pos, tag, sum)
VALUES (?, ?, ?, ?);

DELETE FROM note_tags
WHERE note_pk = ?;

SELECT pos, tag, sum
FROM note_tags
WHERE note_pk = ?
ORDER BY pos;

UPDATE note_tags
SET sum = ?
WHERE note_pk = ? AND pos = ?;

-- note_links
SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd
FROM note_links
WHERE note_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.member, c.type, c.kind, c.id, c.incoming, c.rel_id, c.rel_type, c.source_type, c.source_id, c.target_type, c.target_id, c.metadata, c.canonical, c.extra, c.odd
FROM json_each(?)
CROSS JOIN note_links AS c ON c.note_pk = json_each.value;

SELECT 0, pos, sum
FROM note_links
WHERE note_pk = ?
ORDER BY pos;

INSERT INTO note_links (note_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM note_links
WHERE note_pk = ?;

SELECT pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum
FROM note_links
WHERE note_pk = ?
ORDER BY pos;

UPDATE note_links
SET sum = ?
WHERE note_pk = ? AND pos = ?;

-- note_updates
SELECT pk, id, extra, odd, content, timestamp, source, summary, source_text, tags
FROM note_updates
WHERE note_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.content, c.timestamp, c.source, c.summary, c.source_text, c.tags
FROM json_each(?)
CROSS JOIN note_updates AS c ON c.note_pk = json_each.value;

SELECT pk, pos, sum
FROM note_updates
WHERE note_pk = ?
ORDER BY pos;

INSERT INTO note_updates (note_pk, pos, id, extra, odd, content, timestamp, source, summary, source_text, tags, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE note_updates
SET pos = ?, id = ?, extra = ?, odd = ?, content = ?, timestamp = ?, source = ?, summary = ?, source_text = ?, tags = ?, sum = ?
WHERE pk = ?;

UPDATE note_updates
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM note_updates
WHERE pk = ?;

DELETE FROM note_updates
WHERE note_pk = ?;

SELECT max(pos)
FROM note_updates
WHERE note_pk = ?;

SELECT count(*)
FROM note_updates
WHERE note_pk = ? AND pos < ?;

SELECT count(*)
FROM note_updates
WHERE note_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, content, timestamp, source, summary, source_text, tags, pos, sum
FROM note_updates
WHERE note_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, content, timestamp, source, summary, source_text, tags, pos, sum
FROM note_updates
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, content, timestamp, source, summary, source_text, tags, sum
FROM note_updates
WHERE note_pk = ?
ORDER BY pos;

UPDATE note_updates
SET sum = ?
WHERE pk = ?;

-- note_attachments
SELECT pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form
FROM note_attachments
WHERE note_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.type, c.name, c.mime_type, c.size, c.created_at, c.path, c.url, c.hash, c.dimensions, c.duration, c.ai_analysis, c.waveform, c.base64_blob, c.base64_form, c.thumbnail_blob, c.thumbnail_form, c.compressed_blob, c.compressed_form
FROM json_each(?)
CROSS JOIN note_attachments AS c ON c.note_pk = json_each.value;

SELECT pk, pos, sum
FROM note_attachments
WHERE note_pk = ?
ORDER BY pos;

INSERT INTO note_attachments (note_pk, pos, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE note_attachments
SET pos = ?, id = ?, extra = ?, odd = ?, type = ?, name = ?, mime_type = ?, size = ?, created_at = ?, path = ?, url = ?, hash = ?, dimensions = ?, duration = ?, ai_analysis = ?, waveform = ?, base64_blob = ?, base64_form = ?, thumbnail_blob = ?, thumbnail_form = ?, compressed_blob = ?, compressed_form = ?, sum = ?
WHERE pk = ?;

UPDATE note_attachments
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM note_attachments
WHERE pk = ?;

DELETE FROM note_attachments
WHERE note_pk = ?;

SELECT max(pos)
FROM note_attachments
WHERE note_pk = ?;

SELECT count(*)
FROM note_attachments
WHERE note_pk = ? AND pos < ?;

SELECT count(*)
FROM note_attachments
WHERE note_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, pos, sum
FROM note_attachments
WHERE note_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, pos, sum
FROM note_attachments
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, sum
FROM note_attachments
WHERE note_pk = ?
ORDER BY pos;

UPDATE note_attachments
SET sum = ?
WHERE pk = ?;

-- tasks
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, title, done, priority, status, created_by, created_at, completed_at, due_date, due_time, description, source_excerpt, context_for_agent, ai_context, due_date_reasoning, relationship_version, version, updated_at, last_updated, lists, sum
FROM tasks
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.title, e.done, e.priority, e.status, e.created_by, e.created_at, e.completed_at, e.due_date, e.due_time, e.description, e.source_excerpt, e.context_for_agent, e.ai_context, e.due_date_reasoning, e.relationship_version, e.version, e.updated_at, e.last_updated, e.lists, e.sum
FROM json_each(?)
CROSS JOIN tasks AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.title, e.done, e.priority, e.status, e.created_by, e.created_at, e.completed_at, e.due_date, e.due_time, e.description, e.source_excerpt, e.context_for_agent, e.ai_context, e.due_date_reasoning, e.relationship_version, e.version, e.updated_at, e.last_updated, e.lists, e.sum
FROM json_each(?)
CROSS JOIN tasks AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM tasks
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO tasks (id, rev, saved_at, trashed_at, trash_reason, extra, odd, title, done, priority, status, created_by, created_at, completed_at, due_date, due_time, description, source_excerpt, context_for_agent, ai_context, due_date_reasoning, relationship_version, version, updated_at, last_updated, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE tasks
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, title = ?, done = ?, priority = ?, status = ?, created_by = ?, created_at = ?, completed_at = ?, due_date = ?, due_time = ?, description = ?, source_excerpt = ?, context_for_agent = ?, ai_context = ?, due_date_reasoning = ?, relationship_version = ?, version = ?, updated_at = ?, last_updated = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM tasks
WHERE pk = ?;

UPDATE tasks
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, title, done, priority, status, created_by, created_at, completed_at, due_date, due_time, description, source_excerpt, context_for_agent, ai_context, due_date_reasoning, relationship_version, version, updated_at, last_updated, lists, sum
FROM tasks
WHERE pk = ?;

UPDATE tasks
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM tasks
WHERE id = ?;

SELECT e.pk, e.id, title AS title, e.status AS status, e.created_at, e.saved_at, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM tasks AS e;

SELECT e.pk, e.id, title AS title, e.status AS status, e.created_at, e.saved_at, NULL, e.rev, NULL, NULL
FROM tasks AS e;

SELECT e.pk, e.id, title AS title, e.status AS status, e.created_at, e.saved_at, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM tasks AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

SELECT task_pk, tag
FROM task_tags
WHERE task_pk IN (SELECT value FROM json_each(?))
ORDER BY task_pk, pos;

SELECT task_pk, tag
FROM task_tags
WHERE task_pk BETWEEN ? AND ?
ORDER BY task_pk, pos;

WITH asked AS (SELECT value FROM json_each(?))
SELECT base64_blob
FROM task_attachments
WHERE task_pk IN asked AND base64_blob IS NOT NULL
UNION
SELECT substr(base64_form, 10)
FROM task_attachments
WHERE task_pk IN asked AND substr(base64_form, 1, 9) = 'verbatim:'
UNION
SELECT thumbnail_blob
FROM task_attachments
WHERE task_pk IN asked AND thumbnail_blob IS NOT NULL
UNION
SELECT substr(thumbnail_form, 10)
FROM task_attachments
WHERE task_pk IN asked AND substr(thumbnail_form, 1, 9) = 'verbatim:'
UNION
SELECT compressed_blob
FROM task_attachments
WHERE task_pk IN asked AND compressed_blob IS NOT NULL
UNION
SELECT substr(compressed_form, 10)
FROM task_attachments
WHERE task_pk IN asked AND substr(compressed_form, 1, 9) = 'verbatim:';

-- facets of tasks
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'status', e.status, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e
UNION ALL
SELECT e.pk, e.trash, 'tag', c.tag, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e
CROSS JOIN task_tags AS c ON c.task_pk = e.pk
WHERE NOT EXISTS (SELECT 1 FROM task_tags AS p WHERE p.task_pk = c.task_pk AND p.tag = c.tag AND p.pos < c.pos)
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e
CROSS JOIN task_links AS c ON c.task_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM task_links AS p WHERE p.task_pk = c.task_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'task';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'task' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'task', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'task' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM tasks WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- task_tags
SELECT tag
FROM task_tags
WHERE task_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.tag
FROM json_each(?)
CROSS JOIN task_tags AS c ON c.task_pk = json_each.value;

SELECT 0, pos, sum
FROM task_tags
WHERE task_pk = ?
ORDER BY pos;

INSERT INTO task_tags (task_pk, pos, tag, sum)
VALUES (?, ?, ?, ?);

DELETE FROM task_tags
WHERE task_pk = ?;

SELECT pos, tag, sum
FROM task_tags
WHERE task_pk = ?
ORDER BY pos;

UPDATE task_tags
SET sum = ?
WHERE task_pk = ? AND pos = ?;

-- task_links
SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd
FROM task_links
WHERE task_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.member, c.type, c.kind, c.id, c.incoming, c.rel_id, c.rel_type, c.source_type, c.source_id, c.target_type, c.target_id, c.metadata, c.canonical, c.extra, c.odd
FROM json_each(?)
CROSS JOIN task_links AS c ON c.task_pk = json_each.value;

SELECT 0, pos, sum
FROM task_links
WHERE task_pk = ?
ORDER BY pos;

INSERT INTO task_links (task_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM task_links
WHERE task_pk = ?;

SELECT pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum
FROM task_links
WHERE task_pk = ?
ORDER BY pos;

UPDATE task_links
SET sum = ?
WHERE task_pk = ? AND pos = ?;

-- task_subtasks
SELECT pk, id, extra, odd, title, done, created_at
FROM task_subtasks
WHERE task_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.title, c.done, c.created_at
FROM json_each(?)
CROSS JOIN task_subtasks AS c ON c.task_pk = json_each.value;

SELECT pk, pos, sum
FROM task_subtasks
WHERE task_pk = ?
ORDER BY pos;

INSERT INTO task_subtasks (task_pk, pos, id, extra, odd, title, done, created_at, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE task_subtasks
SET pos = ?, id = ?, extra = ?, odd = ?, title = ?, done = ?, created_at = ?, sum = ?
WHERE pk = ?;

UPDATE task_subtasks
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM task_subtasks
WHERE pk = ?;

DELETE FROM task_subtasks
WHERE task_pk = ?;

SELECT max(pos)
FROM task_subtasks
WHERE task_pk = ?;

SELECT count(*)
FROM task_subtasks
WHERE task_pk = ? AND pos < ?;

SELECT count(*)
FROM task_subtasks
WHERE task_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, title, done, created_at, pos, sum
FROM task_subtasks
WHERE task_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, title, done, created_at, pos, sum
FROM task_subtasks
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, title, done, created_at, sum
FROM task_subtasks
WHERE task_pk = ?
ORDER BY pos;

UPDATE task_subtasks
SET sum = ?
WHERE pk = ?;

-- task_attachments
SELECT pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form
FROM task_attachments
WHERE task_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.pk, c.id, c.extra, c.odd, c.type, c.name, c.mime_type, c.size, c.created_at, c.path, c.url, c.hash, c.dimensions, c.duration, c.ai_analysis, c.waveform, c.base64_blob, c.base64_form, c.thumbnail_blob, c.thumbnail_form, c.compressed_blob, c.compressed_form
FROM json_each(?)
CROSS JOIN task_attachments AS c ON c.task_pk = json_each.value;

SELECT pk, pos, sum
FROM task_attachments
WHERE task_pk = ?
ORDER BY pos;

INSERT INTO task_attachments (task_pk, pos, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE task_attachments
SET pos = ?, id = ?, extra = ?, odd = ?, type = ?, name = ?, mime_type = ?, size = ?, created_at = ?, path = ?, url = ?, hash = ?, dimensions = ?, duration = ?, ai_analysis = ?, waveform = ?, base64_blob = ?, base64_form = ?, thumbnail_blob = ?, thumbnail_form = ?, compressed_blob = ?, compressed_form = ?, sum = ?
WHERE pk = ?;

UPDATE task_attachments
SET pos = ?, sum = ?
WHERE pk = ?;

DELETE FROM task_attachments
WHERE pk = ?;

DELETE FROM task_attachments
WHERE task_pk = ?;

SELECT max(pos)
FROM task_attachments
WHERE task_pk = ?;

SELECT count(*)
FROM task_attachments
WHERE task_pk = ? AND pos < ?;

SELECT count(*)
FROM task_attachments
WHERE task_pk = ? AND pos > ?;

SELECT pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, pos, sum
FROM task_attachments
WHERE task_pk = ? AND id = ?
ORDER BY +pos
LIMIT 1;

SELECT pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, pos, sum
FROM task_attachments
WHERE pk = ?;

SELECT pos, pk, id, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, sum
FROM task_attachments
WHERE task_pk = ?
ORDER BY pos;

UPDATE task_attachments
SET sum = ?
WHERE pk = ?;

-- topics
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, type, description, color, lists, sum
FROM topics
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.created_at, e.last_updated, e.note_count, e.type, e.description, e.color, e.lists, e.sum
FROM json_each(?)
CROSS JOIN topics AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.created_at, e.last_updated, e.note_count, e.type, e.description, e.color, e.lists, e.sum
FROM json_each(?)
CROSS JOIN topics AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM topics
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO topics (id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, type, description, color, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE topics
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, name = ?, created_at = ?, last_updated = ?, note_count = ?, type = ?, description = ?, color = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM topics
WHERE pk = ?;

UPDATE topics
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, type, description, color, lists, sum
FROM topics
WHERE pk = ?;

UPDATE topics
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM topics
WHERE id = ?;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM topics AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, NULL, e.rev, NULL, NULL
FROM topics AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM topics AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

-- facets of topics
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e
CROSS JOIN topic_links AS c ON c.topic_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM topic_links AS p WHERE p.topic_pk = c.topic_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'topic';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'topic' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'topic', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'topic' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM topics WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- topic_links
SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd
FROM topic_links
WHERE topic_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.member, c.type, c.kind, c.id, c.incoming, c.rel_id, c.rel_type, c.source_type, c.source_id, c.target_type, c.target_id, c.metadata, c.canonical, c.extra, c.odd
FROM json_each(?)
CROSS JOIN topic_links AS c ON c.topic_pk = json_each.value;

SELECT 0, pos, sum
FROM topic_links
WHERE topic_pk = ?
ORDER BY pos;

INSERT INTO topic_links (topic_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM topic_links
WHERE topic_pk = ?;

SELECT pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum
FROM topic_links
WHERE topic_pk = ?
ORDER BY pos;

UPDATE topic_links
SET sum = ?
WHERE topic_pk = ? AND pos = ?;

-- companies
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile, lists, sum
FROM companies
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.created_at, e.last_updated, e.note_count, e.profile, e.lists, e.sum
FROM json_each(?)
CROSS JOIN companies AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.created_at, e.last_updated, e.note_count, e.profile, e.lists, e.sum
FROM json_each(?)
CROSS JOIN companies AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM companies
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO companies (id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE companies
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, name = ?, created_at = ?, last_updated = ?, note_count = ?, profile = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM companies
WHERE pk = ?;

UPDATE companies
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile, lists, sum
FROM companies
WHERE pk = ?;

UPDATE companies
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM companies
WHERE id = ?;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM companies AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, NULL, e.rev, NULL, NULL
FROM companies AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM companies AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

-- facets of companies
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e
CROSS JOIN company_links AS c ON c.company_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM company_links AS p WHERE p.company_pk = c.company_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'company';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'company' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'company', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'company' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM companies WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- company_links
SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd
FROM company_links
WHERE company_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.member, c.type, c.kind, c.id, c.incoming, c.rel_id, c.rel_type, c.source_type, c.source_id, c.target_type, c.target_id, c.metadata, c.canonical, c.extra, c.odd
FROM json_each(?)
CROSS JOIN company_links AS c ON c.company_pk = json_each.value;

SELECT 0, pos, sum
FROM company_links
WHERE company_pk = ?
ORDER BY pos;

INSERT INTO company_links (company_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM company_links
WHERE company_pk = ?;

SELECT pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum
FROM company_links
WHERE company_pk = ?
ORDER BY pos;

UPDATE company_links
SET sum = ?
WHERE company_pk = ? AND pos = ?;

-- contacts
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile, lists, sum
FROM contacts
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.created_at, e.last_updated, e.note_count, e.profile, e.lists, e.sum
FROM json_each(?)
CROSS JOIN contacts AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.name, e.created_at, e.last_updated, e.note_count, e.profile, e.lists, e.sum
FROM json_each(?)
CROSS JOIN contacts AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM contacts
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO contacts (id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE contacts
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, name = ?, created_at = ?, last_updated = ?, note_count = ?, profile = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM contacts
WHERE pk = ?;

UPDATE contacts
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile, lists, sum
FROM contacts
WHERE pk = ?;

UPDATE contacts
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM contacts
WHERE id = ?;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM contacts AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, NULL, e.rev, NULL, NULL
FROM contacts AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.last_updated, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM contacts AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

-- facets of contacts
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e
CROSS JOIN contact_links AS c ON c.contact_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM contact_links AS p WHERE p.contact_pk = c.contact_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'contact';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'contact' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'contact', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'contact' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM contacts WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- contact_links
SELECT member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd
FROM contact_links
WHERE contact_pk = ?
ORDER BY pos;

SELECT json_each.key, c.pos, c.member, c.type, c.kind, c.id, c.incoming, c.rel_id, c.rel_type, c.source_type, c.source_id, c.target_type, c.target_id, c.metadata, c.canonical, c.extra, c.odd
FROM json_each(?)
CROSS JOIN contact_links AS c ON c.contact_pk = json_each.value;

SELECT 0, pos, sum
FROM contact_links
WHERE contact_pk = ?
ORDER BY pos;

INSERT INTO contact_links (contact_pk, pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM contact_links
WHERE contact_pk = ?;

SELECT pos, member, type, kind, id, incoming, rel_id, rel_type, source_type, source_id, target_type, target_id, metadata, canonical, extra, odd, sum
FROM contact_links
WHERE contact_pk = ?
ORDER BY pos;

UPDATE contact_links
SET sum = ?
WHERE contact_pk = ? AND pos = ?;

-- attachments
SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, file_blob, file_form, lists, sum
FROM attachments
WHERE id = ?;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.type, e.name, e.mime_type, e.size, e.created_at, e.path, e.url, e.hash, e.dimensions, e.duration, e.ai_analysis, e.waveform, e.base64_blob, e.base64_form, e.thumbnail_blob, e.thumbnail_form, e.compressed_blob, e.compressed_form, e.file_blob, e.file_form, e.lists, e.sum
FROM json_each(?)
CROSS JOIN attachments AS e ON e.id = json_each.value;

SELECT e.pk, e.id, e.rev, e.saved_at, e.trashed_at, e.trash_reason, e.extra, e.odd, e.type, e.name, e.mime_type, e.size, e.created_at, e.path, e.url, e.hash, e.dimensions, e.duration, e.ai_analysis, e.waveform, e.base64_blob, e.base64_form, e.thumbnail_blob, e.thumbnail_form, e.compressed_blob, e.compressed_form, e.file_blob, e.file_form, e.lists, e.sum
FROM json_each(?)
CROSS JOIN attachments AS e ON e.pk = json_each.value;

SELECT pk, lists, sum
FROM attachments
WHERE pk IN (SELECT value FROM json_each(?));

INSERT INTO attachments (id, rev, saved_at, trashed_at, trash_reason, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, file_blob, file_form, lists, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

UPDATE attachments
SET id = ?, rev = ?, saved_at = ?, trashed_at = ?, trash_reason = ?, extra = ?, odd = ?, type = ?, name = ?, mime_type = ?, size = ?, created_at = ?, path = ?, url = ?, hash = ?, dimensions = ?, duration = ?, ai_analysis = ?, waveform = ?, base64_blob = ?, base64_form = ?, thumbnail_blob = ?, thumbnail_form = ?, compressed_blob = ?, compressed_form = ?, file_blob = ?, file_form = ?, lists = ?, sum = ?
WHERE pk = ? AND rev = ?;

DELETE FROM attachments
WHERE pk = ?;

UPDATE attachments
SET lists = ?
WHERE pk = ?;

SELECT pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, file_blob, file_form, lists, sum
FROM attachments
WHERE pk = ?;

UPDATE attachments
SET lists = ?, sum = ?
WHERE pk = ?;

SELECT pk, rev, lists, sum
FROM attachments
WHERE id = ?;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.saved_at, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM attachments AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.saved_at, NULL, e.rev, NULL, NULL
FROM attachments AS e;

SELECT e.pk, e.id, name AS title, '' AS status, e.created_at, e.saved_at, e.saved_at, e.rev, e.trashed_at, e.trash_reason
FROM attachments AS e
WHERE e.pk IN (SELECT value FROM json_each(?));

WITH asked AS (SELECT value FROM json_each(?))
SELECT base64_blob
FROM attachments
WHERE pk IN asked AND base64_blob IS NOT NULL
UNION
SELECT substr(base64_form, 10)
FROM attachments
WHERE pk IN asked AND substr(base64_form, 1, 9) = 'verbatim:'
UNION
SELECT thumbnail_blob
FROM attachments
WHERE pk IN asked AND thumbnail_blob IS NOT NULL
UNION
SELECT substr(thumbnail_form, 10)
FROM attachments
WHERE pk IN asked AND substr(thumbnail_form, 1, 9) = 'verbatim:'
UNION
SELECT compressed_blob
FROM attachments
WHERE pk IN asked AND compressed_blob IS NOT NULL
UNION
SELECT substr(compressed_form, 10)
FROM attachments
WHERE pk IN asked AND substr(compressed_form, 1, 9) = 'verbatim:'
UNION
SELECT file_blob
FROM attachments
WHERE pk IN asked AND file_blob IS NOT NULL
UNION
SELECT substr(file_form, 10)
FROM attachments
WHERE pk IN asked AND substr(file_form, 1, 9) = 'verbatim:';

-- facets of attachments
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e
WHERE e.date IS NOT NULL;

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM json_each(?1) AS j
CROSS JOIN facet_rows AS w ON w.owner_pk = j.value
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'attachment';

SELECT w.owner_pk, f.trash, f.field, f.value, w.date, w.updated, w.saved, w.title, w.facet_pk
FROM facet_rows AS w
CROSS JOIN facets AS f ON f.pk = w.facet_pk
WHERE f.kind = 'attachment' AND w.owner_pk BETWEEN ?1 AND ?2;

INSERT INTO facets (kind, trash, field, value, records)
SELECT 'attachment', d.trash, d.field, d.value, count(*)
FROM ((facets of those between two keys)) AS d
WHERE true
GROUP BY d.field, d.value, d.trash
ON CONFLICT (kind, field, value, trash) DO UPDATE SET records = records + excluded.records;

INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM ((facets of those between two keys)) AS d
CROSS JOIN facets AS f ON f.kind = 'attachment' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;

SELECT max(pk) AS last, count(*) AS n
FROM (SELECT pk FROM attachments WHERE pk >= ? ORDER BY pk LIMIT ?);

UPDATE facet_rows AS w
SET date = e.date
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

UPDATE facet_rows AS w
SET date = e.date, updated = e.updated, saved = e.saved, title = e.title
FROM (SELECT value ->> 0 AS owner, value ->> 1 AS facet FROM json_each(?)) AS j
CROSS JOIN (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments) AS e ON e.pk = j.owner
WHERE w.owner_pk = j.owner AND w.facet_pk = j.facet;

-- triggers
CREATE TRIGGER sessions_foreign_replace
BEFORE INSERT ON sessions
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM sessions WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'session', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'name', name, 'description', description, 'status', status, 'start_time', start_time, 'end_time', end_time, 'last_screenshot_time', last_screenshot_time, 'paused_at', paused_at, 'total_paused_time', total_paused_time, 'screenshot_interval', screenshot_interval, 'auto_analysis', auto_analysis, 'enable_screenshots', enable_screenshots, 'audio_mode', audio_mode, 'audio_recording', audio_recording, 'audio_review_completed', audio_review_completed, 'video_recording', video_recording, 'transcript_upgrade_completed', transcript_upgrade_completed, 'category', category, 'sub_category', sub_category, 'activity_type', activity_type, 'total_duration', total_duration, 'full_audio_attachment_id', full_audio_attachment_id, 'audio_config', audio_config, 'video_config', video_config, 'enrichment_config', enrichment_config, 'enrichment_lock', enrichment_lock, 'version', version, 'relationship_version', relationship_version, 'duration', duration) AS body FROM sessions WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'session', pk, '*', 0 FROM sessions WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER sessions_foreign_insert
AFTER INSERT ON sessions
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'session' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM session_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO session_foreign_heirs SELECT * FROM session_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO session_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO session_foreign_facets (owner_pk) SELECT replaced_pk FROM session_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER sessions_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, description, status, start_time, end_time, last_screenshot_time, paused_at, total_paused_time, screenshot_interval, auto_analysis, enable_screenshots, audio_mode, audio_recording, audio_review_completed, video_recording, transcript_upgrade_completed, category, sub_category, activity_type, total_duration, full_audio_attachment_id, audio_config, video_config, enrichment_config, enrichment_lock, version, relationship_version, duration ON sessions
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'description', OLD.description, 'status', OLD.status, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'last_screenshot_time', OLD.last_screenshot_time, 'paused_at', OLD.paused_at, 'total_paused_time', OLD.total_paused_time, 'screenshot_interval', OLD.screenshot_interval, 'auto_analysis', OLD.auto_analysis, 'enable_screenshots', OLD.enable_screenshots, 'audio_mode', OLD.audio_mode, 'audio_recording', OLD.audio_recording, 'audio_review_completed', OLD.audio_review_completed, 'video_recording', OLD.video_recording, 'transcript_upgrade_completed', OLD.transcript_upgrade_completed, 'category', OLD.category, 'sub_category', OLD.sub_category, 'activity_type', OLD.activity_type, 'total_duration', OLD.total_duration, 'full_audio_attachment_id', OLD.full_audio_attachment_id, 'audio_config', OLD.audio_config, 'video_config', OLD.video_config, 'enrichment_config', OLD.enrichment_config, 'enrichment_lock', OLD.enrichment_lock, 'version', OLD.version, 'relationship_version', OLD.relationship_version, 'duration', OLD.duration), NULL, NULL);
END;

CREATE TRIGGER sessions_foreign_delete
AFTER DELETE ON sessions
WHEN (SELECT active FROM writer) = 0
BEGIN
    DELETE FROM session_tags WHERE session_pk = OLD.pk;
    DELETE FROM session_links WHERE session_pk = OLD.pk;
    DELETE FROM session_videos WHERE session_pk = OLD.pk;
    DELETE FROM session_video_chapters WHERE session_pk = OLD.pk;
    DELETE FROM session_video_chunks WHERE session_pk = OLD.pk;
    DELETE FROM session_screenshots WHERE session_pk = OLD.pk;
    DELETE FROM session_audio_segments WHERE session_pk = OLD.pk;
    DELETE FROM session_context_items WHERE session_pk = OLD.pk;
    DELETE FROM session_documents WHERE session_pk = OLD.pk;
    INSERT INTO session_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'description', OLD.description, 'status', OLD.status, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'last_screenshot_time', OLD.last_screenshot_time, 'paused_at', OLD.paused_at, 'total_paused_time', OLD.total_paused_time, 'screenshot_interval', OLD.screenshot_interval, 'auto_analysis', OLD.auto_analysis, 'enable_screenshots', OLD.enable_screenshots, 'audio_mode', OLD.audio_mode, 'audio_recording', OLD.audio_recording, 'audio_review_completed', OLD.audio_review_completed, 'video_recording', OLD.video_recording, 'transcript_upgrade_completed', OLD.transcript_upgrade_completed, 'category', OLD.category, 'sub_category', OLD.sub_category, 'activity_type', OLD.activity_type, 'total_duration', OLD.total_duration, 'full_audio_attachment_id', OLD.full_audio_attachment_id, 'audio_config', OLD.audio_config, 'video_config', OLD.video_config, 'enrichment_config', OLD.enrichment_config, 'enrichment_lock', OLD.enrichment_lock, 'version', OLD.version, 'relationship_version', OLD.relationship_version, 'duration', OLD.duration), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'session' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW session_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM sessions AS e CROSS JOIN revisions AS v ON v.kind = 'session' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER session_foreign_inherit
INSTEAD OF INSERT ON session_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM sessions WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE OR IGNORE session_tags SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_links SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_videos SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_video_chapters SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_video_chunks SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_screenshots SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_audio_segments SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_context_items SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE OR IGNORE session_documents SET session_pk = NEW.pk, sum = NULL WHERE session_pk = NEW.replaced_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW session_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER session_foreign_change
INSTEAD OF INSERT ON session_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'session', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',"_at":' || CASE NEW.part WHEN 'session_tags' THEN (SELECT count(*) FROM session_tags WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'session_links' THEN (SELECT count(*) FROM session_links WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'session_video_chapters' THEN (SELECT count(*) FROM session_video_chapters WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'session_video_chunks' THEN (SELECT count(*) FROM session_video_chunks WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'session_screenshots' THEN (SELECT count(*) FROM session_screenshots WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'session_audio_segments' THEN (SELECT count(*) FROM session_audio_segments WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'session_context_items' THEN (SELECT count(*) FROM session_context_items WHERE session_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) END || '}' END AS body FROM (SELECT 1) LEFT JOIN sessions AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE sessions SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'session' AND id = sessions.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'session' AND id = sessions.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('session', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'session', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO session_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO session_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER session_tags_foreign_insert
AFTER INSERT ON session_tags
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_tags', 'insert', json_object('session_pk', session_pk, 'pos', pos, 'tag', tag), pos, pos FROM session_tags WHERE session_pk = NEW.session_pk AND pos = NEW.pos;
END;

CREATE TRIGGER session_tags_foreign_update
AFTER UPDATE ON session_tags
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_tags', 'update', json_object('session_pk', OLD.session_pk, 'pos', OLD.pos, 'tag', OLD.tag), OLD.pos, NEW.pos);
    UPDATE session_tags SET sum = NULL WHERE session_pk = NEW.session_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER session_tags_foreign_delete
AFTER DELETE ON session_tags
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_tags', 'delete', json_object('session_pk', OLD.session_pk, 'pos', OLD.pos, 'tag', OLD.tag), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_links_foreign_insert
AFTER INSERT ON session_links
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_links', 'insert', json_object('session_pk', session_pk, 'pos', pos, 'member', member, 'type', type, 'kind', kind, 'id', id, 'incoming', incoming, 'rel_id', rel_id, 'rel_type', rel_type, 'source_type', source_type, 'source_id', source_id, 'target_type', target_type, 'target_id', target_id, 'metadata', metadata, 'canonical', canonical, 'extra', extra, 'odd', odd), pos, pos FROM session_links WHERE session_pk = NEW.session_pk AND pos = NEW.pos;
END;

CREATE TRIGGER session_links_foreign_update
AFTER UPDATE ON session_links
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_links', 'update', json_object('session_pk', OLD.session_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, NEW.pos);
    UPDATE session_links SET sum = NULL WHERE session_pk = NEW.session_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER session_links_foreign_delete
AFTER DELETE ON session_links
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_links', 'delete', json_object('session_pk', OLD.session_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_videos_foreign_insert
AFTER INSERT ON session_videos
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_videos', 'insert', json_object('pk', pk, 'session_pk', session_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'session_id', session_id, 'duration', duration, 'chunking_status', chunking_status, 'path', path, 'optimized_path', optimized_path, 'full_video_attachment_id', full_video_attachment_id, 'processed_at', processed_at, 'chunking_error', chunking_error, 'start_time', start_time, 'end_time', end_time), NULL, NULL FROM session_videos WHERE pk = NEW.pk;
END;

CREATE TRIGGER session_videos_foreign_update
AFTER UPDATE ON session_videos
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_videos', 'update', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'duration', OLD.duration, 'chunking_status', OLD.chunking_status, 'path', OLD.path, 'optimized_path', OLD.optimized_path, 'full_video_attachment_id', OLD.full_video_attachment_id, 'processed_at', OLD.processed_at, 'chunking_error', OLD.chunking_error, 'start_time', OLD.start_time, 'end_time', OLD.end_time), NULL, NULL);
    UPDATE session_videos SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER session_videos_foreign_delete
AFTER DELETE ON session_videos
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_videos', 'delete', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'duration', OLD.duration, 'chunking_status', OLD.chunking_status, 'path', OLD.path, 'optimized_path', OLD.optimized_path, 'full_video_attachment_id', OLD.full_video_attachment_id, 'processed_at', OLD.processed_at, 'chunking_error', OLD.chunking_error, 'start_time', OLD.start_time, 'end_time', OLD.end_time), NULL, NULL);
END;

CREATE TRIGGER session_video_chapters_foreign_insert
AFTER INSERT ON session_video_chapters
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_video_chapters', 'insert', json_object('pk', pk, 'session_pk', session_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'session_id', session_id, 'start_time', start_time, 'end_time', end_time, 'title', title, 'created_at', created_at, 'summary', summary, 'key_topics', key_topics, 'thumbnail_blob', thumbnail_blob, 'thumbnail_form', thumbnail_form, 'confidence', confidence), pos, pos FROM session_video_chapters WHERE pk = NEW.pk;
END;

CREATE TRIGGER session_video_chapters_foreign_update
AFTER UPDATE ON session_video_chapters
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_video_chapters', 'update', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'title', OLD.title, 'created_at', OLD.created_at, 'summary', OLD.summary, 'key_topics', OLD.key_topics, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'confidence', OLD.confidence), OLD.pos, NEW.pos);
    UPDATE session_video_chapters SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER session_video_chapters_foreign_delete
AFTER DELETE ON session_video_chapters
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_video_chapters', 'delete', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'title', OLD.title, 'created_at', OLD.created_at, 'summary', OLD.summary, 'key_topics', OLD.key_topics, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'confidence', OLD.confidence), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_video_chunks_foreign_insert
AFTER INSERT ON session_video_chunks
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_video_chunks', 'insert', json_object('pk', pk, 'session_pk', session_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'video_id', video_id, 'session_id', session_id, 'attachment_id', attachment_id, 'start_time', start_time, 'end_time', end_time, 'topic', topic, 'description', description, 'transcript_excerpt', transcript_excerpt, 'related_screenshot_ids', related_screenshot_ids, 'related_audio_segment_ids', related_audio_segment_ids, 'analyzed', analyzed, 'analysis_cache', analysis_cache, 'last_analyzed_at', last_analyzed_at), pos, pos FROM session_video_chunks WHERE pk = NEW.pk;
END;

CREATE TRIGGER session_video_chunks_foreign_update
AFTER UPDATE ON session_video_chunks
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_video_chunks', 'update', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'video_id', OLD.video_id, 'session_id', OLD.session_id, 'attachment_id', OLD.attachment_id, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'topic', OLD.topic, 'description', OLD.description, 'transcript_excerpt', OLD.transcript_excerpt, 'related_screenshot_ids', OLD.related_screenshot_ids, 'related_audio_segment_ids', OLD.related_audio_segment_ids, 'analyzed', OLD.analyzed, 'analysis_cache', OLD.analysis_cache, 'last_analyzed_at', OLD.last_analyzed_at), OLD.pos, NEW.pos);
    UPDATE session_video_chunks SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER session_video_chunks_foreign_delete
AFTER DELETE ON session_video_chunks
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_video_chunks', 'delete', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'video_id', OLD.video_id, 'session_id', OLD.session_id, 'attachment_id', OLD.attachment_id, 'start_time', OLD.start_time, 'end_time', OLD.end_time, 'topic', OLD.topic, 'description', OLD.description, 'transcript_excerpt', OLD.transcript_excerpt, 'related_screenshot_ids', OLD.related_screenshot_ids, 'related_audio_segment_ids', OLD.related_audio_segment_ids, 'analyzed', OLD.analyzed, 'analysis_cache', OLD.analysis_cache, 'last_analyzed_at', OLD.last_analyzed_at), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_screenshots_foreign_insert
AFTER INSERT ON session_screenshots
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_screenshots', 'insert', json_object('pk', pk, 'session_pk', session_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'session_id', session_id, 'timestamp', timestamp, 'attachment_id', attachment_id, 'hash', hash, 'path', path, 'ai_analysis', ai_analysis, 'user_comment', user_comment, 'flagged', flagged, 'analysis_status', analysis_status, 'analysis_error', analysis_error, 'attachment_data_blob', attachment_data_blob, 'attachment_data_form', attachment_data_form, 'base64_blob', base64_blob, 'base64_form', base64_form, 'relative_time', relative_time), pos, pos FROM session_screenshots WHERE pk = NEW.pk;
END;

CREATE TRIGGER session_screenshots_foreign_update
AFTER UPDATE ON session_screenshots
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_screenshots', 'update', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'timestamp', OLD.timestamp, 'attachment_id', OLD.attachment_id, 'hash', OLD.hash, 'path', OLD.path, 'ai_analysis', OLD.ai_analysis, 'user_comment', OLD.user_comment, 'flagged', OLD.flagged, 'analysis_status', OLD.analysis_status, 'analysis_error', OLD.analysis_error, 'attachment_data_blob', OLD.attachment_data_blob, 'attachment_data_form', OLD.attachment_data_form, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'relative_time', OLD.relative_time), OLD.pos, NEW.pos);
    UPDATE session_screenshots SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER session_screenshots_foreign_delete
AFTER DELETE ON session_screenshots
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_screenshots', 'delete', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'timestamp', OLD.timestamp, 'attachment_id', OLD.attachment_id, 'hash', OLD.hash, 'path', OLD.path, 'ai_analysis', OLD.ai_analysis, 'user_comment', OLD.user_comment, 'flagged', OLD.flagged, 'analysis_status', OLD.analysis_status, 'analysis_error', OLD.analysis_error, 'attachment_data_blob', OLD.attachment_data_blob, 'attachment_data_form', OLD.attachment_data_form, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'relative_time', OLD.relative_time), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_audio_segments_foreign_insert
AFTER INSERT ON session_audio_segments
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_audio_segments', 'insert', json_object('pk', pk, 'session_pk', session_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'session_id', session_id, 'timestamp', timestamp, 'duration', duration, 'transcription', transcription, 'attachment_id', attachment_id, 'hash', hash, 'start_time', start_time, 'transcription_quality', transcription_quality, 'draft_transcription', draft_transcription, 'enriched_transcription', enriched_transcription, 'key_phrases', key_phrases, 'sentiment', sentiment, 'contains_task', contains_task, 'contains_blocker', contains_blocker, 'description', description, 'mode', mode, 'model', model), pos, pos FROM session_audio_segments WHERE pk = NEW.pk;
END;

CREATE TRIGGER session_audio_segments_foreign_update
AFTER UPDATE ON session_audio_segments
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_audio_segments', 'update', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'timestamp', OLD.timestamp, 'duration', OLD.duration, 'transcription', OLD.transcription, 'attachment_id', OLD.attachment_id, 'hash', OLD.hash, 'start_time', OLD.start_time, 'transcription_quality', OLD.transcription_quality, 'draft_transcription', OLD.draft_transcription, 'enriched_transcription', OLD.enriched_transcription, 'key_phrases', OLD.key_phrases, 'sentiment', OLD.sentiment, 'contains_task', OLD.contains_task, 'contains_blocker', OLD.contains_blocker, 'description', OLD.description, 'mode', OLD.mode, 'model', OLD.model), OLD.pos, NEW.pos);
    UPDATE session_audio_segments SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER session_audio_segments_foreign_delete
AFTER DELETE ON session_audio_segments
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_audio_segments', 'delete', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'timestamp', OLD.timestamp, 'duration', OLD.duration, 'transcription', OLD.transcription, 'attachment_id', OLD.attachment_id, 'hash', OLD.hash, 'start_time', OLD.start_time, 'transcription_quality', OLD.transcription_quality, 'draft_transcription', OLD.draft_transcription, 'enriched_transcription', OLD.enriched_transcription, 'key_phrases', OLD.key_phrases, 'sentiment', OLD.sentiment, 'contains_task', OLD.contains_task, 'contains_blocker', OLD.contains_blocker, 'description', OLD.description, 'mode', OLD.mode, 'model', OLD.model), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_context_items_foreign_insert
AFTER INSERT ON session_context_items
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_context_items', 'insert', json_object('pk', pk, 'session_pk', session_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'session_id', session_id, 'timestamp', timestamp, 'type', type, 'content', content, 'linked_item_id', linked_item_id, 'note_id', note_id, 'task_id', task_id), pos, pos FROM session_context_items WHERE pk = NEW.pk;
END;

CREATE TRIGGER session_context_items_foreign_update
AFTER UPDATE ON session_context_items
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_context_items', 'update', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'timestamp', OLD.timestamp, 'type', OLD.type, 'content', OLD.content, 'linked_item_id', OLD.linked_item_id, 'note_id', OLD.note_id, 'task_id', OLD.task_id), OLD.pos, NEW.pos);
    UPDATE session_context_items SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER session_context_items_foreign_delete
AFTER DELETE ON session_context_items
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_context_items', 'delete', json_object('pk', OLD.pk, 'session_pk', OLD.session_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'session_id', OLD.session_id, 'timestamp', OLD.timestamp, 'type', OLD.type, 'content', OLD.content, 'linked_item_id', OLD.linked_item_id, 'note_id', OLD.note_id, 'task_id', OLD.task_id), OLD.pos, OLD.pos);
END;

CREATE TRIGGER session_documents_foreign_insert
AFTER INSERT ON session_documents
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO session_foreign_changes SELECT session_pk, NULL, NULL, NULL, NULL, 'session_documents', 'insert', json_object('session_pk', session_pk, 'name', name, 'body', body), NULL, NULL FROM session_documents WHERE session_pk = NEW.session_pk AND name = NEW.name;
END;

CREATE TRIGGER session_documents_foreign_update
AFTER UPDATE ON session_documents
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NEW.session_pk, NULL, NULL, NULL, 'session_documents', 'update', json_object('session_pk', OLD.session_pk, 'name', OLD.name, 'body', OLD.body), NULL, NULL);
    UPDATE session_documents SET sum = NULL WHERE session_pk = NEW.session_pk AND name = NEW.name AND sum IS NOT NULL;
END;

CREATE TRIGGER session_documents_foreign_delete
AFTER DELETE ON session_documents
BEGIN
    INSERT INTO session_foreign_changes VALUES (OLD.session_pk, NULL, NULL, NULL, NULL, 'session_documents', 'delete', json_object('session_pk', OLD.session_pk, 'name', OLD.name, 'body', OLD.body), NULL, NULL);
END;

CREATE TRIGGER notes_foreign_replace
BEFORE INSERT ON notes
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM notes WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'note', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'content', content, 'summary', summary, 'timestamp', timestamp, 'last_updated', last_updated, 'source', source, 'status', status, 'source_text', source_text, 'metadata', metadata, 'relationship_version', relationship_version, 'title', title, 'created_at', created_at) AS body FROM notes WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'note', pk, '*', 0 FROM notes WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER notes_foreign_insert
AFTER INSERT ON notes
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'note' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM note_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO note_foreign_heirs SELECT * FROM note_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO note_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO note_foreign_facets (owner_pk) SELECT replaced_pk FROM note_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER notes_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, content, summary, timestamp, last_updated, source, status, source_text, metadata, relationship_version, title, created_at ON notes
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'content', OLD.content, 'summary', OLD.summary, 'timestamp', OLD.timestamp, 'last_updated', OLD.last_updated, 'source', OLD.source, 'status', OLD.status, 'source_text', OLD.source_text, 'metadata', OLD.metadata, 'relationship_version', OLD.relationship_version, 'title', OLD.title, 'created_at', OLD.created_at), NULL, NULL);
END;

CREATE TRIGGER notes_foreign_delete
AFTER DELETE ON notes
WHEN (SELECT active FROM writer) = 0
BEGIN
    DELETE FROM note_tags WHERE note_pk = OLD.pk;
    DELETE FROM note_links WHERE note_pk = OLD.pk;
    DELETE FROM note_updates WHERE note_pk = OLD.pk;
    DELETE FROM note_attachments WHERE note_pk = OLD.pk;
    INSERT INTO note_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'content', OLD.content, 'summary', OLD.summary, 'timestamp', OLD.timestamp, 'last_updated', OLD.last_updated, 'source', OLD.source, 'status', OLD.status, 'source_text', OLD.source_text, 'metadata', OLD.metadata, 'relationship_version', OLD.relationship_version, 'title', OLD.title, 'created_at', OLD.created_at), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'note' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW note_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM notes AS e CROSS JOIN revisions AS v ON v.kind = 'note' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER note_foreign_inherit
INSTEAD OF INSERT ON note_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM notes WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE OR IGNORE note_tags SET note_pk = NEW.pk, sum = NULL WHERE note_pk = NEW.replaced_pk;
    UPDATE OR IGNORE note_links SET note_pk = NEW.pk, sum = NULL WHERE note_pk = NEW.replaced_pk;
    UPDATE OR IGNORE note_updates SET note_pk = NEW.pk, sum = NULL WHERE note_pk = NEW.replaced_pk;
    UPDATE OR IGNORE note_attachments SET note_pk = NEW.pk, sum = NULL WHERE note_pk = NEW.replaced_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW note_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER note_foreign_change
INSTEAD OF INSERT ON note_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'note', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',"_at":' || CASE NEW.part WHEN 'note_tags' THEN (SELECT count(*) FROM note_tags WHERE note_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'note_links' THEN (SELECT count(*) FROM note_links WHERE note_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'note_updates' THEN (SELECT count(*) FROM note_updates WHERE note_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'note_attachments' THEN (SELECT count(*) FROM note_attachments WHERE note_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) END || '}' END AS body FROM (SELECT 1) LEFT JOIN notes AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE notes SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'note' AND id = notes.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'note' AND id = notes.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('note', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'note', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO note_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO note_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER note_tags_foreign_insert
AFTER INSERT ON note_tags
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO note_foreign_changes SELECT note_pk, NULL, NULL, NULL, NULL, 'note_tags', 'insert', json_object('note_pk', note_pk, 'pos', pos, 'tag', tag), pos, pos FROM note_tags WHERE note_pk = NEW.note_pk AND pos = NEW.pos;
END;

CREATE TRIGGER note_tags_foreign_update
AFTER UPDATE ON note_tags
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NEW.note_pk, NULL, NULL, NULL, 'note_tags', 'update', json_object('note_pk', OLD.note_pk, 'pos', OLD.pos, 'tag', OLD.tag), OLD.pos, NEW.pos);
    UPDATE note_tags SET sum = NULL WHERE note_pk = NEW.note_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER note_tags_foreign_delete
AFTER DELETE ON note_tags
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NULL, NULL, NULL, NULL, 'note_tags', 'delete', json_object('note_pk', OLD.note_pk, 'pos', OLD.pos, 'tag', OLD.tag), OLD.pos, OLD.pos);
END;

CREATE TRIGGER note_links_foreign_insert
AFTER INSERT ON note_links
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO note_foreign_changes SELECT note_pk, NULL, NULL, NULL, NULL, 'note_links', 'insert', json_object('note_pk', note_pk, 'pos', pos, 'member', member, 'type', type, 'kind', kind, 'id', id, 'incoming', incoming, 'rel_id', rel_id, 'rel_type', rel_type, 'source_type', source_type, 'source_id', source_id, 'target_type', target_type, 'target_id', target_id, 'metadata', metadata, 'canonical', canonical, 'extra', extra, 'odd', odd), pos, pos FROM note_links WHERE note_pk = NEW.note_pk AND pos = NEW.pos;
END;

CREATE TRIGGER note_links_foreign_update
AFTER UPDATE ON note_links
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NEW.note_pk, NULL, NULL, NULL, 'note_links', 'update', json_object('note_pk', OLD.note_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, NEW.pos);
    UPDATE note_links SET sum = NULL WHERE note_pk = NEW.note_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER note_links_foreign_delete
AFTER DELETE ON note_links
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NULL, NULL, NULL, NULL, 'note_links', 'delete', json_object('note_pk', OLD.note_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, OLD.pos);
END;

CREATE TRIGGER note_updates_foreign_insert
AFTER INSERT ON note_updates
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO note_foreign_changes SELECT note_pk, NULL, NULL, NULL, NULL, 'note_updates', 'insert', json_object('pk', pk, 'note_pk', note_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'content', content, 'timestamp', timestamp, 'source', source, 'summary', summary, 'source_text', source_text, 'tags', tags), pos, pos FROM note_updates WHERE pk = NEW.pk;
END;

CREATE TRIGGER note_updates_foreign_update
AFTER UPDATE ON note_updates
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NEW.note_pk, NULL, NULL, NULL, 'note_updates', 'update', json_object('pk', OLD.pk, 'note_pk', OLD.note_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'content', OLD.content, 'timestamp', OLD.timestamp, 'source', OLD.source, 'summary', OLD.summary, 'source_text', OLD.source_text, 'tags', OLD.tags), OLD.pos, NEW.pos);
    UPDATE note_updates SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER note_updates_foreign_delete
AFTER DELETE ON note_updates
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NULL, NULL, NULL, NULL, 'note_updates', 'delete', json_object('pk', OLD.pk, 'note_pk', OLD.note_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'content', OLD.content, 'timestamp', OLD.timestamp, 'source', OLD.source, 'summary', OLD.summary, 'source_text', OLD.source_text, 'tags', OLD.tags), OLD.pos, OLD.pos);
END;

CREATE TRIGGER note_attachments_foreign_insert
AFTER INSERT ON note_attachments
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO note_foreign_changes SELECT note_pk, NULL, NULL, NULL, NULL, 'note_attachments', 'insert', json_object('pk', pk, 'note_pk', note_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'type', type, 'name', name, 'mime_type', mime_type, 'size', size, 'created_at', created_at, 'path', path, 'url', url, 'hash', hash, 'dimensions', dimensions, 'duration', duration, 'ai_analysis', ai_analysis, 'waveform', waveform, 'base64_blob', base64_blob, 'base64_form', base64_form, 'thumbnail_blob', thumbnail_blob, 'thumbnail_form', thumbnail_form, 'compressed_blob', compressed_blob, 'compressed_form', compressed_form), pos, pos FROM note_attachments WHERE pk = NEW.pk;
END;

CREATE TRIGGER note_attachments_foreign_update
AFTER UPDATE ON note_attachments
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NEW.note_pk, NULL, NULL, NULL, 'note_attachments', 'update', json_object('pk', OLD.pk, 'note_pk', OLD.note_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'type', OLD.type, 'name', OLD.name, 'mime_type', OLD.mime_type, 'size', OLD.size, 'created_at', OLD.created_at, 'path', OLD.path, 'url', OLD.url, 'hash', OLD.hash, 'dimensions', OLD.dimensions, 'duration', OLD.duration, 'ai_analysis', OLD.ai_analysis, 'waveform', OLD.waveform, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'compressed_blob', OLD.compressed_blob, 'compressed_form', OLD.compressed_form), OLD.pos, NEW.pos);
    UPDATE note_attachments SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER note_attachments_foreign_delete
AFTER DELETE ON note_attachments
BEGIN
    INSERT INTO note_foreign_changes VALUES (OLD.note_pk, NULL, NULL, NULL, NULL, 'note_attachments', 'delete', json_object('pk', OLD.pk, 'note_pk', OLD.note_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'type', OLD.type, 'name', OLD.name, 'mime_type', OLD.mime_type, 'size', OLD.size, 'created_at', OLD.created_at, 'path', OLD.path, 'url', OLD.url, 'hash', OLD.hash, 'dimensions', OLD.dimensions, 'duration', OLD.duration, 'ai_analysis', OLD.ai_analysis, 'waveform', OLD.waveform, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'compressed_blob', OLD.compressed_blob, 'compressed_form', OLD.compressed_form), OLD.pos, OLD.pos);
END;

CREATE TRIGGER tasks_foreign_replace
BEFORE INSERT ON tasks
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM tasks WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'task', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'title', title, 'done', done, 'priority', priority, 'status', status, 'created_by', created_by, 'created_at', created_at, 'completed_at', completed_at, 'due_date', due_date, 'due_time', due_time, 'description', description, 'source_excerpt', source_excerpt, 'context_for_agent', context_for_agent, 'ai_context', ai_context, 'due_date_reasoning', due_date_reasoning, 'relationship_version', relationship_version, 'version', version, 'updated_at', updated_at, 'last_updated', last_updated) AS body FROM tasks WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'task', pk, '*', 0 FROM tasks WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER tasks_foreign_insert
AFTER INSERT ON tasks
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'task' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM task_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO task_foreign_heirs SELECT * FROM task_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO task_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO task_foreign_facets (owner_pk) SELECT replaced_pk FROM task_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER tasks_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, title, done, priority, status, created_by, created_at, completed_at, due_date, due_time, description, source_excerpt, context_for_agent, ai_context, due_date_reasoning, relationship_version, version, updated_at, last_updated ON tasks
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'title', OLD.title, 'done', OLD.done, 'priority', OLD.priority, 'status', OLD.status, 'created_by', OLD.created_by, 'created_at', OLD.created_at, 'completed_at', OLD.completed_at, 'due_date', OLD.due_date, 'due_time', OLD.due_time, 'description', OLD.description, 'source_excerpt', OLD.source_excerpt, 'context_for_agent', OLD.context_for_agent, 'ai_context', OLD.ai_context, 'due_date_reasoning', OLD.due_date_reasoning, 'relationship_version', OLD.relationship_version, 'version', OLD.version, 'updated_at', OLD.updated_at, 'last_updated', OLD.last_updated), NULL, NULL);
END;

CREATE TRIGGER tasks_foreign_delete
AFTER DELETE ON tasks
WHEN (SELECT active FROM writer) = 0
BEGIN
    DELETE FROM task_tags WHERE task_pk = OLD.pk;
    DELETE FROM task_links WHERE task_pk = OLD.pk;
    DELETE FROM task_subtasks WHERE task_pk = OLD.pk;
    DELETE FROM task_attachments WHERE task_pk = OLD.pk;
    INSERT INTO task_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'title', OLD.title, 'done', OLD.done, 'priority', OLD.priority, 'status', OLD.status, 'created_by', OLD.created_by, 'created_at', OLD.created_at, 'completed_at', OLD.completed_at, 'due_date', OLD.due_date, 'due_time', OLD.due_time, 'description', OLD.description, 'source_excerpt', OLD.source_excerpt, 'context_for_agent', OLD.context_for_agent, 'ai_context', OLD.ai_context, 'due_date_reasoning', OLD.due_date_reasoning, 'relationship_version', OLD.relationship_version, 'version', OLD.version, 'updated_at', OLD.updated_at, 'last_updated', OLD.last_updated), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'task' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW task_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM tasks AS e CROSS JOIN revisions AS v ON v.kind = 'task' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER task_foreign_inherit
INSTEAD OF INSERT ON task_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM tasks WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE OR IGNORE task_tags SET task_pk = NEW.pk, sum = NULL WHERE task_pk = NEW.replaced_pk;
    UPDATE OR IGNORE task_links SET task_pk = NEW.pk, sum = NULL WHERE task_pk = NEW.replaced_pk;
    UPDATE OR IGNORE task_subtasks SET task_pk = NEW.pk, sum = NULL WHERE task_pk = NEW.replaced_pk;
    UPDATE OR IGNORE task_attachments SET task_pk = NEW.pk, sum = NULL WHERE task_pk = NEW.replaced_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW task_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER task_foreign_change
INSTEAD OF INSERT ON task_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'task', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',"_at":' || CASE NEW.part WHEN 'task_tags' THEN (SELECT count(*) FROM task_tags WHERE task_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'task_links' THEN (SELECT count(*) FROM task_links WHERE task_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'task_subtasks' THEN (SELECT count(*) FROM task_subtasks WHERE task_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) WHEN 'task_attachments' THEN (SELECT count(*) FROM task_attachments WHERE task_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) END || '}' END AS body FROM (SELECT 1) LEFT JOIN tasks AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE tasks SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'task' AND id = tasks.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'task' AND id = tasks.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('task', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'task', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO task_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO task_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER task_tags_foreign_insert
AFTER INSERT ON task_tags
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO task_foreign_changes SELECT task_pk, NULL, NULL, NULL, NULL, 'task_tags', 'insert', json_object('task_pk', task_pk, 'pos', pos, 'tag', tag), pos, pos FROM task_tags WHERE task_pk = NEW.task_pk AND pos = NEW.pos;
END;

CREATE TRIGGER task_tags_foreign_update
AFTER UPDATE ON task_tags
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NEW.task_pk, NULL, NULL, NULL, 'task_tags', 'update', json_object('task_pk', OLD.task_pk, 'pos', OLD.pos, 'tag', OLD.tag), OLD.pos, NEW.pos);
    UPDATE task_tags SET sum = NULL WHERE task_pk = NEW.task_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER task_tags_foreign_delete
AFTER DELETE ON task_tags
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NULL, NULL, NULL, NULL, 'task_tags', 'delete', json_object('task_pk', OLD.task_pk, 'pos', OLD.pos, 'tag', OLD.tag), OLD.pos, OLD.pos);
END;

CREATE TRIGGER task_links_foreign_insert
AFTER INSERT ON task_links
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO task_foreign_changes SELECT task_pk, NULL, NULL, NULL, NULL, 'task_links', 'insert', json_object('task_pk', task_pk, 'pos', pos, 'member', member, 'type', type, 'kind', kind, 'id', id, 'incoming', incoming, 'rel_id', rel_id, 'rel_type', rel_type, 'source_type', source_type, 'source_id', source_id, 'target_type', target_type, 'target_id', target_id, 'metadata', metadata, 'canonical', canonical, 'extra', extra, 'odd', odd), pos, pos FROM task_links WHERE task_pk = NEW.task_pk AND pos = NEW.pos;
END;

CREATE TRIGGER task_links_foreign_update
AFTER UPDATE ON task_links
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NEW.task_pk, NULL, NULL, NULL, 'task_links', 'update', json_object('task_pk', OLD.task_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, NEW.pos);
    UPDATE task_links SET sum = NULL WHERE task_pk = NEW.task_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER task_links_foreign_delete
AFTER DELETE ON task_links
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NULL, NULL, NULL, NULL, 'task_links', 'delete', json_object('task_pk', OLD.task_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, OLD.pos);
END;

CREATE TRIGGER task_subtasks_foreign_insert
AFTER INSERT ON task_subtasks
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO task_foreign_changes SELECT task_pk, NULL, NULL, NULL, NULL, 'task_subtasks', 'insert', json_object('pk', pk, 'task_pk', task_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'title', title, 'done', done, 'created_at', created_at), pos, pos FROM task_subtasks WHERE pk = NEW.pk;
END;

CREATE TRIGGER task_subtasks_foreign_update
AFTER UPDATE ON task_subtasks
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NEW.task_pk, NULL, NULL, NULL, 'task_subtasks', 'update', json_object('pk', OLD.pk, 'task_pk', OLD.task_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'title', OLD.title, 'done', OLD.done, 'created_at', OLD.created_at), OLD.pos, NEW.pos);
    UPDATE task_subtasks SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER task_subtasks_foreign_delete
AFTER DELETE ON task_subtasks
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NULL, NULL, NULL, NULL, 'task_subtasks', 'delete', json_object('pk', OLD.pk, 'task_pk', OLD.task_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'title', OLD.title, 'done', OLD.done, 'created_at', OLD.created_at), OLD.pos, OLD.pos);
END;

CREATE TRIGGER task_attachments_foreign_insert
AFTER INSERT ON task_attachments
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO task_foreign_changes SELECT task_pk, NULL, NULL, NULL, NULL, 'task_attachments', 'insert', json_object('pk', pk, 'task_pk', task_pk, 'pos', pos, 'id', id, 'extra', extra, 'odd', odd, 'type', type, 'name', name, 'mime_type', mime_type, 'size', size, 'created_at', created_at, 'path', path, 'url', url, 'hash', hash, 'dimensions', dimensions, 'duration', duration, 'ai_analysis', ai_analysis, 'waveform', waveform, 'base64_blob', base64_blob, 'base64_form', base64_form, 'thumbnail_blob', thumbnail_blob, 'thumbnail_form', thumbnail_form, 'compressed_blob', compressed_blob, 'compressed_form', compressed_form), pos, pos FROM task_attachments WHERE pk = NEW.pk;
END;

CREATE TRIGGER task_attachments_foreign_update
AFTER UPDATE ON task_attachments
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NEW.task_pk, NULL, NULL, NULL, 'task_attachments', 'update', json_object('pk', OLD.pk, 'task_pk', OLD.task_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'type', OLD.type, 'name', OLD.name, 'mime_type', OLD.mime_type, 'size', OLD.size, 'created_at', OLD.created_at, 'path', OLD.path, 'url', OLD.url, 'hash', OLD.hash, 'dimensions', OLD.dimensions, 'duration', OLD.duration, 'ai_analysis', OLD.ai_analysis, 'waveform', OLD.waveform, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'compressed_blob', OLD.compressed_blob, 'compressed_form', OLD.compressed_form), OLD.pos, NEW.pos);
    UPDATE task_attachments SET sum = NULL WHERE pk = NEW.pk AND sum IS NOT NULL;
END;

CREATE TRIGGER task_attachments_foreign_delete
AFTER DELETE ON task_attachments
BEGIN
    INSERT INTO task_foreign_changes VALUES (OLD.task_pk, NULL, NULL, NULL, NULL, 'task_attachments', 'delete', json_object('pk', OLD.pk, 'task_pk', OLD.task_pk, 'pos', OLD.pos, 'id', OLD.id, 'extra', OLD.extra, 'odd', OLD.odd, 'type', OLD.type, 'name', OLD.name, 'mime_type', OLD.mime_type, 'size', OLD.size, 'created_at', OLD.created_at, 'path', OLD.path, 'url', OLD.url, 'hash', OLD.hash, 'dimensions', OLD.dimensions, 'duration', OLD.duration, 'ai_analysis', OLD.ai_analysis, 'waveform', OLD.waveform, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'compressed_blob', OLD.compressed_blob, 'compressed_form', OLD.compressed_form), OLD.pos, OLD.pos);
END;

CREATE TRIGGER topics_foreign_replace
BEFORE INSERT ON topics
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM topics WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'topic', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'name', name, 'created_at', created_at, 'last_updated', last_updated, 'note_count', note_count, 'type', type, 'description', description, 'color', color) AS body FROM topics WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'topic', pk, '*', 0 FROM topics WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER topics_foreign_insert
AFTER INSERT ON topics
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'topic' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM topic_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO topic_foreign_heirs SELECT * FROM topic_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO topic_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO topic_foreign_facets (owner_pk) SELECT replaced_pk FROM topic_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER topics_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, type, description, color ON topics
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO topic_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'created_at', OLD.created_at, 'last_updated', OLD.last_updated, 'note_count', OLD.note_count, 'type', OLD.type, 'description', OLD.description, 'color', OLD.color), NULL, NULL);
END;

CREATE TRIGGER topics_foreign_delete
AFTER DELETE ON topics
WHEN (SELECT active FROM writer) = 0
BEGIN
    DELETE FROM topic_links WHERE topic_pk = OLD.pk;
    INSERT INTO topic_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'created_at', OLD.created_at, 'last_updated', OLD.last_updated, 'note_count', OLD.note_count, 'type', OLD.type, 'description', OLD.description, 'color', OLD.color), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'topic' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW topic_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM topics AS e CROSS JOIN revisions AS v ON v.kind = 'topic' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER topic_foreign_inherit
INSTEAD OF INSERT ON topic_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM topics WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE OR IGNORE topic_links SET topic_pk = NEW.pk, sum = NULL WHERE topic_pk = NEW.replaced_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW topic_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER topic_foreign_change
INSTEAD OF INSERT ON topic_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'topic', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',"_at":' || CASE NEW.part WHEN 'topic_links' THEN (SELECT count(*) FROM topic_links WHERE topic_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) END || '}' END AS body FROM (SELECT 1) LEFT JOIN topics AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE topics SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'topic' AND id = topics.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'topic' AND id = topics.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('topic', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'topic', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO topic_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO topic_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER topic_links_foreign_insert
AFTER INSERT ON topic_links
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO topic_foreign_changes SELECT topic_pk, NULL, NULL, NULL, NULL, 'topic_links', 'insert', json_object('topic_pk', topic_pk, 'pos', pos, 'member', member, 'type', type, 'kind', kind, 'id', id, 'incoming', incoming, 'rel_id', rel_id, 'rel_type', rel_type, 'source_type', source_type, 'source_id', source_id, 'target_type', target_type, 'target_id', target_id, 'metadata', metadata, 'canonical', canonical, 'extra', extra, 'odd', odd), pos, pos FROM topic_links WHERE topic_pk = NEW.topic_pk AND pos = NEW.pos;
END;

CREATE TRIGGER topic_links_foreign_update
AFTER UPDATE ON topic_links
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO topic_foreign_changes VALUES (OLD.topic_pk, NEW.topic_pk, NULL, NULL, NULL, 'topic_links', 'update', json_object('topic_pk', OLD.topic_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, NEW.pos);
    UPDATE topic_links SET sum = NULL WHERE topic_pk = NEW.topic_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER topic_links_foreign_delete
AFTER DELETE ON topic_links
BEGIN
    INSERT INTO topic_foreign_changes VALUES (OLD.topic_pk, NULL, NULL, NULL, NULL, 'topic_links', 'delete', json_object('topic_pk', OLD.topic_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, OLD.pos);
END;

CREATE TRIGGER companies_foreign_replace
BEFORE INSERT ON companies
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM companies WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'company', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'name', name, 'created_at', created_at, 'last_updated', last_updated, 'note_count', note_count, 'profile', profile) AS body FROM companies WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'company', pk, '*', 0 FROM companies WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER companies_foreign_insert
AFTER INSERT ON companies
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'company' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM company_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO company_foreign_heirs SELECT * FROM company_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO company_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO company_foreign_facets (owner_pk) SELECT replaced_pk FROM company_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER companies_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile ON companies
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO company_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'created_at', OLD.created_at, 'last_updated', OLD.last_updated, 'note_count', OLD.note_count, 'profile', OLD.profile), NULL, NULL);
END;

CREATE TRIGGER companies_foreign_delete
AFTER DELETE ON companies
WHEN (SELECT active FROM writer) = 0
BEGIN
    DELETE FROM company_links WHERE company_pk = OLD.pk;
    INSERT INTO company_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'created_at', OLD.created_at, 'last_updated', OLD.last_updated, 'note_count', OLD.note_count, 'profile', OLD.profile), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'company' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW company_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM companies AS e CROSS JOIN revisions AS v ON v.kind = 'company' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER company_foreign_inherit
INSTEAD OF INSERT ON company_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM companies WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE OR IGNORE company_links SET company_pk = NEW.pk, sum = NULL WHERE company_pk = NEW.replaced_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW company_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER company_foreign_change
INSTEAD OF INSERT ON company_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'company', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',"_at":' || CASE NEW.part WHEN 'company_links' THEN (SELECT count(*) FROM company_links WHERE company_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) END || '}' END AS body FROM (SELECT 1) LEFT JOIN companies AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE companies SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'company' AND id = companies.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'company' AND id = companies.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('company', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'company', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO company_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO company_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER company_links_foreign_insert
AFTER INSERT ON company_links
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO company_foreign_changes SELECT company_pk, NULL, NULL, NULL, NULL, 'company_links', 'insert', json_object('company_pk', company_pk, 'pos', pos, 'member', member, 'type', type, 'kind', kind, 'id', id, 'incoming', incoming, 'rel_id', rel_id, 'rel_type', rel_type, 'source_type', source_type, 'source_id', source_id, 'target_type', target_type, 'target_id', target_id, 'metadata', metadata, 'canonical', canonical, 'extra', extra, 'odd', odd), pos, pos FROM company_links WHERE company_pk = NEW.company_pk AND pos = NEW.pos;
END;

CREATE TRIGGER company_links_foreign_update
AFTER UPDATE ON company_links
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO company_foreign_changes VALUES (OLD.company_pk, NEW.company_pk, NULL, NULL, NULL, 'company_links', 'update', json_object('company_pk', OLD.company_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, NEW.pos);
    UPDATE company_links SET sum = NULL WHERE company_pk = NEW.company_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER company_links_foreign_delete
AFTER DELETE ON company_links
BEGIN
    INSERT INTO company_foreign_changes VALUES (OLD.company_pk, NULL, NULL, NULL, NULL, 'company_links', 'delete', json_object('company_pk', OLD.company_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, OLD.pos);
END;

CREATE TRIGGER contacts_foreign_replace
BEFORE INSERT ON contacts
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM contacts WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'contact', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'name', name, 'created_at', created_at, 'last_updated', last_updated, 'note_count', note_count, 'profile', profile) AS body FROM contacts WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'contact', pk, '*', 0 FROM contacts WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER contacts_foreign_insert
AFTER INSERT ON contacts
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'contact' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM contact_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO contact_foreign_heirs SELECT * FROM contact_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO contact_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO contact_foreign_facets (owner_pk) SELECT replaced_pk FROM contact_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER contacts_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, name, created_at, last_updated, note_count, profile ON contacts
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO contact_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'created_at', OLD.created_at, 'last_updated', OLD.last_updated, 'note_count', OLD.note_count, 'profile', OLD.profile), NULL, NULL);
END;

CREATE TRIGGER contacts_foreign_delete
AFTER DELETE ON contacts
WHEN (SELECT active FROM writer) = 0
BEGIN
    DELETE FROM contact_links WHERE contact_pk = OLD.pk;
    INSERT INTO contact_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'name', OLD.name, 'created_at', OLD.created_at, 'last_updated', OLD.last_updated, 'note_count', OLD.note_count, 'profile', OLD.profile), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'contact' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW contact_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM contacts AS e CROSS JOIN revisions AS v ON v.kind = 'contact' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER contact_foreign_inherit
INSTEAD OF INSERT ON contact_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM contacts WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE OR IGNORE contact_links SET contact_pk = NEW.pk, sum = NULL WHERE contact_pk = NEW.replaced_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW contact_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER contact_foreign_change
INSTEAD OF INSERT ON contact_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'contact', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', CASE WHEN NEW.pos IS NULL THEN NEW.body ELSE rtrim(NEW.body, '}') || ',"_at":' || CASE NEW.part WHEN 'contact_links' THEN (SELECT count(*) FROM contact_links WHERE contact_pk = NEW.owner_pk AND pos < NEW.pos AND pos <> NEW.now_pos) END || '}' END AS body FROM (SELECT 1) LEFT JOIN contacts AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE contacts SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'contact' AND id = contacts.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'contact' AND id = contacts.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('contact', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'contact', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO contact_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO contact_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER contact_links_foreign_insert
AFTER INSERT ON contact_links
WHEN NEW.sum IS NULL
BEGIN
    INSERT INTO contact_foreign_changes SELECT contact_pk, NULL, NULL, NULL, NULL, 'contact_links', 'insert', json_object('contact_pk', contact_pk, 'pos', pos, 'member', member, 'type', type, 'kind', kind, 'id', id, 'incoming', incoming, 'rel_id', rel_id, 'rel_type', rel_type, 'source_type', source_type, 'source_id', source_id, 'target_type', target_type, 'target_id', target_id, 'metadata', metadata, 'canonical', canonical, 'extra', extra, 'odd', odd), pos, pos FROM contact_links WHERE contact_pk = NEW.contact_pk AND pos = NEW.pos;
END;

CREATE TRIGGER contact_links_foreign_update
AFTER UPDATE ON contact_links
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO contact_foreign_changes VALUES (OLD.contact_pk, NEW.contact_pk, NULL, NULL, NULL, 'contact_links', 'update', json_object('contact_pk', OLD.contact_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, NEW.pos);
    UPDATE contact_links SET sum = NULL WHERE contact_pk = NEW.contact_pk AND pos = NEW.pos AND sum IS NOT NULL;
END;

CREATE TRIGGER contact_links_foreign_delete
AFTER DELETE ON contact_links
BEGIN
    INSERT INTO contact_foreign_changes VALUES (OLD.contact_pk, NULL, NULL, NULL, NULL, 'contact_links', 'delete', json_object('contact_pk', OLD.contact_pk, 'pos', OLD.pos, 'member', OLD.member, 'type', OLD.type, 'kind', OLD.kind, 'id', OLD.id, 'incoming', OLD.incoming, 'rel_id', OLD.rel_id, 'rel_type', OLD.rel_type, 'source_type', OLD.source_type, 'source_id', OLD.source_id, 'target_type', OLD.target_type, 'target_id', OLD.target_id, 'metadata', OLD.metadata, 'canonical', OLD.canonical, 'extra', OLD.extra, 'odd', OLD.odd), OLD.pos, OLD.pos);
END;

CREATE TRIGGER attachments_foreign_replace
BEFORE INSERT ON attachments
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM attachments WHERE id = NEW.id OR pk = NEW.pk)
BEGIN
    UPDATE writer SET foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'attachment', id, pk, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('pk', pk, 'id', id, 'rev', rev, 'saved_at', saved_at, 'trashed_at', trashed_at, 'trash_reason', trash_reason, 'extra', extra, 'odd', odd, 'type', type, 'name', name, 'mime_type', mime_type, 'size', size, 'created_at', created_at, 'path', path, 'url', url, 'hash', hash, 'dimensions', dimensions, 'duration', duration, 'ai_analysis', ai_analysis, 'waveform', waveform, 'base64_blob', base64_blob, 'base64_form', base64_form, 'thumbnail_blob', thumbnail_blob, 'thumbnail_form', thumbnail_form, 'compressed_blob', compressed_blob, 'compressed_form', compressed_form, 'file_blob', file_blob, 'file_form', file_form) AS body FROM attachments WHERE id = NEW.id OR pk = NEW.pk;
    INSERT INTO search_dirty SELECT 'attachment', pk, '*', 0 FROM attachments WHERE id = NEW.id OR pk = NEW.pk ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER attachments_foreign_insert
AFTER INSERT ON attachments
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE revisions SET id = NEW.id, rev = NEW.rev WHERE kind = 'attachment' AND id IS NULL AND owner_pk IN (SELECT replaced_pk FROM attachment_foreign_heirs WHERE pk = NEW.pk);
    INSERT INTO attachment_foreign_heirs SELECT * FROM attachment_foreign_heirs WHERE pk = NEW.pk ORDER BY replaced_pk;
    INSERT INTO attachment_foreign_changes VALUES (NEW.pk, NULL, NULL, NULL, 0, '', 'insert', NULL, NULL, NULL);
    INSERT INTO attachment_foreign_facets (owner_pk) SELECT replaced_pk FROM attachment_foreign_heirs WHERE pk = NEW.pk AND replaced_pk <> pk;
END;

CREATE TRIGGER attachments_foreign_update
AFTER UPDATE OF pk, id, rev, saved_at, trashed_at, trash_reason, extra, odd, type, name, mime_type, size, created_at, path, url, hash, dimensions, duration, ai_analysis, waveform, base64_blob, base64_form, thumbnail_blob, thumbnail_form, compressed_blob, compressed_form, file_blob, file_form ON attachments
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO attachment_foreign_changes VALUES (OLD.pk, NEW.pk, OLD.id, OLD.rev, max(OLD.rev, NEW.rev), '', 'update', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'type', OLD.type, 'name', OLD.name, 'mime_type', OLD.mime_type, 'size', OLD.size, 'created_at', OLD.created_at, 'path', OLD.path, 'url', OLD.url, 'hash', OLD.hash, 'dimensions', OLD.dimensions, 'duration', OLD.duration, 'ai_analysis', OLD.ai_analysis, 'waveform', OLD.waveform, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'compressed_blob', OLD.compressed_blob, 'compressed_form', OLD.compressed_form, 'file_blob', OLD.file_blob, 'file_form', OLD.file_form), NULL, NULL);
END;

CREATE TRIGGER attachments_foreign_delete
AFTER DELETE ON attachments
WHEN (SELECT active FROM writer) = 0
BEGIN
    INSERT INTO attachment_foreign_changes VALUES (OLD.pk, NULL, OLD.id, OLD.rev, NULL, '', 'delete', json_object('pk', OLD.pk, 'id', OLD.id, 'rev', OLD.rev, 'saved_at', OLD.saved_at, 'trashed_at', OLD.trashed_at, 'trash_reason', OLD.trash_reason, 'extra', OLD.extra, 'odd', OLD.odd, 'type', OLD.type, 'name', OLD.name, 'mime_type', OLD.mime_type, 'size', OLD.size, 'created_at', OLD.created_at, 'path', OLD.path, 'url', OLD.url, 'hash', OLD.hash, 'dimensions', OLD.dimensions, 'duration', OLD.duration, 'ai_analysis', OLD.ai_analysis, 'waveform', OLD.waveform, 'base64_blob', OLD.base64_blob, 'base64_form', OLD.base64_form, 'thumbnail_blob', OLD.thumbnail_blob, 'thumbnail_form', OLD.thumbnail_form, 'compressed_blob', OLD.compressed_blob, 'compressed_form', OLD.compressed_form, 'file_blob', OLD.file_blob, 'file_form', OLD.file_form), NULL, NULL);
    UPDATE revisions SET id = OLD.id, rev = OLD.rev WHERE kind = 'attachment' AND id IS NULL AND owner_pk IN (OLD.pk);
END;

CREATE VIEW attachment_foreign_heirs AS
SELECT e.pk, v.owner_pk AS replaced_pk FROM attachments AS e CROSS JOIN revisions AS v ON v.kind = 'attachment' AND v.id = e.id AND v.part = '' AND v.change = 'replace';

CREATE TRIGGER attachment_foreign_inherit
INSTEAD OF INSERT ON attachment_foreign_heirs
WHEN NOT EXISTS (SELECT 1 FROM attachments WHERE pk = NEW.replaced_pk)
BEGIN
    UPDATE writer SET active = 1;
    UPDATE writer SET active = 0;
END;

CREATE VIEW attachment_foreign_changes (owner_pk, now_pk, id, rev, above, part, change, body, pos, now_pos) AS
SELECT 0, 0, '', 0, 0, '', '', '', 0, 0 WHERE false;

CREATE TRIGGER attachment_foreign_change
INSTEAD OF INSERT ON attachment_foreign_changes
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'attachment', coalesce(NEW.id, e.id), NEW.owner_pk, coalesce(NEW.rev, e.rev, 0), NEW.part, NEW.change, 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', NEW.body AS body FROM (SELECT 1) LEFT JOIN attachments AS e ON e.pk = NEW.owner_pk WHERE NEW.body IS NOT NULL AND (e.pk IS NOT NULL OR NEW.change <> 'insert');
    UPDATE attachments SET sum = NULL, rev = CASE WHEN NEW.above IS NULL THEN rev ELSE max(NEW.above, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'attachment' AND id = attachments.id AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'attachment' AND id = attachments.id))) END + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE pk IN (NEW.owner_pk, NEW.now_pk);
    INSERT INTO search_dirty VALUES ('attachment', NEW.owner_pk, '*', 0) ON CONFLICT DO NOTHING;
    INSERT INTO search_dirty SELECT 'attachment', NEW.now_pk, '*', 0 WHERE NEW.now_pk <> NEW.owner_pk ON CONFLICT DO NOTHING;
    INSERT INTO attachment_foreign_facets (owner_pk) VALUES (NEW.owner_pk);
    INSERT INTO attachment_foreign_facets (owner_pk) SELECT NEW.now_pk WHERE NEW.now_pk <> NEW.owner_pk;
    UPDATE writer SET active = 0;
END;

CREATE VIEW session_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, start_time AS date, saved_at AS updated, saved_at AS saved, name AS title FROM sessions)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'status', e.status, e.date, e.updated, e.saved, e.title
FROM e
UNION ALL
SELECT e.pk, e.trash, 'tag', c.tag, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN session_tags AS c ON c.session_pk = e.pk
WHERE NOT EXISTS (SELECT 1 FROM session_tags AS p WHERE p.session_pk = c.session_pk AND p.tag = c.tag AND p.pos < c.pos)
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN session_links AS c ON c.session_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM session_links AS p WHERE p.session_pk = c.session_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

CREATE TRIGGER session_foreign_refacet
INSTEAD OF INSERT ON session_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'session';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'session';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'session', d.trash, d.field, d.value, 0
FROM (SELECT * FROM session_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM session_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'session' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'session';
    DELETE FROM facets WHERE records = 0;
END;

CREATE VIEW note_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, timestamp AS date, last_updated AS updated, saved_at AS saved, coalesce(nullif(title, ''), nullif(summary, ''), substr(content, 1, 200)) AS title FROM notes)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'status', e.status, e.date, e.updated, e.saved, e.title
FROM e
UNION ALL
SELECT e.pk, e.trash, 'tag', c.tag, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN note_tags AS c ON c.note_pk = e.pk
WHERE NOT EXISTS (SELECT 1 FROM note_tags AS p WHERE p.note_pk = c.note_pk AND p.tag = c.tag AND p.pos < c.pos)
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN note_links AS c ON c.note_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM note_links AS p WHERE p.note_pk = c.note_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

CREATE TRIGGER note_foreign_refacet
INSTEAD OF INSERT ON note_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'note';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'note';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'note', d.trash, d.field, d.value, 0
FROM (SELECT * FROM note_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM note_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'note' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'note';
    DELETE FROM facets WHERE records = 0;
END;

CREATE VIEW task_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, status AS status, created_at AS date, saved_at AS updated, saved_at AS saved, title AS title FROM tasks)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'status', e.status, e.date, e.updated, e.saved, e.title
FROM e
UNION ALL
SELECT e.pk, e.trash, 'tag', c.tag, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN task_tags AS c ON c.task_pk = e.pk
WHERE NOT EXISTS (SELECT 1 FROM task_tags AS p WHERE p.task_pk = c.task_pk AND p.tag = c.tag AND p.pos < c.pos)
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN task_links AS c ON c.task_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM task_links AS p WHERE p.task_pk = c.task_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

CREATE TRIGGER task_foreign_refacet
INSTEAD OF INSERT ON task_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'task';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'task';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'task', d.trash, d.field, d.value, 0
FROM (SELECT * FROM task_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM task_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'task' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'task';
    DELETE FROM facets WHERE records = 0;
END;

CREATE VIEW topic_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM topics)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN topic_links AS c ON c.topic_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM topic_links AS p WHERE p.topic_pk = c.topic_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

CREATE TRIGGER topic_foreign_refacet
INSTEAD OF INSERT ON topic_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'topic';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'topic';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'topic', d.trash, d.field, d.value, 0
FROM (SELECT * FROM topic_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM topic_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'topic' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'topic';
    DELETE FROM facets WHERE records = 0;
END;

CREATE VIEW company_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM companies)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN company_links AS c ON c.company_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM company_links AS p WHERE p.company_pk = c.company_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

CREATE TRIGGER company_foreign_refacet
INSTEAD OF INSERT ON company_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'company';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'company';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'company', d.trash, d.field, d.value, 0
FROM (SELECT * FROM company_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM company_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'company' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'company';
    DELETE FROM facets WHERE records = 0;
END;

CREATE VIEW contact_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, last_updated AS updated, saved_at AS saved, name AS title FROM contacts)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL
UNION ALL
SELECT e.pk, e.trash, 'link ' || c.kind, c.id, e.date, e.updated, e.saved, e.title
FROM e
CROSS JOIN contact_links AS c ON c.contact_pk = e.pk
WHERE c.kind <> '' AND c.id <> '' AND NOT EXISTS (SELECT 1 FROM contact_links AS p WHERE p.contact_pk = c.contact_pk AND p.kind = c.kind AND p.id = c.id AND p.pos < c.pos);

CREATE TRIGGER contact_foreign_refacet
INSTEAD OF INSERT ON contact_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'contact';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'contact';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'contact', d.trash, d.field, d.value, 0
FROM (SELECT * FROM contact_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM contact_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'contact' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'contact';
    DELETE FROM facets WHERE records = 0;
END;

CREATE VIEW attachment_foreign_facets AS
WITH e AS NOT MATERIALIZED (SELECT pk, trashed_at IS NOT NULL AS trash, created_at AS date, saved_at AS updated, saved_at AS saved, name AS title FROM attachments)
SELECT e.pk AS owner_pk, e.trash AS trash, 'all' AS field, '' AS value, NULL AS date, NULL AS updated, NULL AS saved, NULL AS title
FROM e
WHERE NOT e.trash
UNION ALL
SELECT e.pk, e.trash, 'all', '', e.date, e.updated, e.saved, e.title
FROM e
WHERE e.trash
UNION ALL
SELECT e.pk, e.trash, 'hour', substr(e.date, 1, 13), NULL, NULL, NULL, NULL
FROM e
WHERE e.date IS NOT NULL;

CREATE TRIGGER attachment_foreign_refacet
INSTEAD OF INSERT ON attachment_foreign_facets
BEGIN
    UPDATE facets SET records = records - 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'attachment';
    DELETE FROM facet_rows WHERE owner_pk = NEW.owner_pk AND (SELECT kind FROM facets WHERE pk = facet_pk) = 'attachment';
    INSERT INTO facets (kind, trash, field, value, records)
SELECT 'attachment', d.trash, d.field, d.value, 0
FROM (SELECT * FROM attachment_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
WHERE true
ON CONFLICT DO NOTHING;
    INSERT INTO facet_rows (owner_pk, facet_pk, date, updated, saved, title)
SELECT d.owner_pk, f.pk, d.date, d.updated, d.saved, d.title
FROM (SELECT * FROM attachment_foreign_facets WHERE owner_pk = NEW.owner_pk) AS d
CROSS JOIN facets AS f ON f.kind = 'attachment' AND f.field = d.field AND f.value = d.value AND f.trash = d.trash
WHERE true
ON CONFLICT DO NOTHING;
    UPDATE facets SET records = records + 1 WHERE pk IN (SELECT facet_pk FROM facet_rows WHERE owner_pk = NEW.owner_pk) AND +kind = 'attachment';
    DELETE FROM facets WHERE records = 0;
END;

CREATE TRIGGER settings_foreign_replace
BEFORE INSERT ON settings
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0 AND EXISTS (SELECT 1 FROM settings WHERE key = NEW.key)
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) SELECT 'setting', key, NULL, rev, '', 'replace', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('key', key, 'value', value, 'rev', rev, 'saved_at', saved_at) AS body FROM settings WHERE key = NEW.key;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER settings_foreign_insert
AFTER INSERT ON settings
WHEN NEW.sum IS NULL AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    UPDATE settings SET rev = max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'setting' AND id = NEW.key AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'setting' AND id = NEW.key)) + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE key = NEW.key;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER settings_foreign_update
AFTER UPDATE ON settings
WHEN NEW.sum IS OLD.sum AND (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) VALUES ('setting', OLD.key, NULL, OLD.rev, '', 'update', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('key', OLD.key, 'value', OLD.value, 'rev', OLD.rev, 'saved_at', OLD.saved_at));
    UPDATE settings SET sum = NULL, rev = max(OLD.rev, NEW.rev, max((SELECT coalesce(max(rev), 0) FROM revisions WHERE kind = 'setting' AND id = NEW.key AND part = ''), (SELECT coalesce(max(rev), 0) FROM tombstones WHERE kind = 'setting' AND id = NEW.key))) + 1, saved_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE key = NEW.key;
    UPDATE writer SET active = 0;
END;

CREATE TRIGGER settings_foreign_delete
AFTER DELETE ON settings
WHEN (SELECT active FROM writer) = 0
BEGIN
    UPDATE writer SET active = 1, foreign_writes = foreign_writes + 1;
    INSERT INTO revisions (kind, id, owner_pk, rev, part, change, origin, at, encoding, body) VALUES ('setting', OLD.key, NULL, OLD.rev, '', 'delete', 'foreign', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'row', json_object('key', OLD.key, 'value', OLD.value, 'rev', OLD.rev, 'saved_at', OLD.saved_at));
    UPDATE writer SET active = 0;
END;

