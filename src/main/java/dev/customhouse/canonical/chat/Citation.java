package dev.customhouse.canonical.chat;

import org.jspecify.annotations.Nullable;

/**
 * Where a part of a text comes from.
 *
 * @param url null: not a page of the web
 * @param title of the page or document
 * @param quote the cited words of the source
 * @param start where in the text the cited claim begins, in UTF-16 code units; null: not told
 * @param end where it ends
 * @param extras what else the dialect tells of it, such as the kind of place in a document
 */
public record Citation(
    @Nullable String url,
    @Nullable String title,
    @Nullable String quote,
    @Nullable Integer start,
    @Nullable Integer end,
    Extras extras) {}
