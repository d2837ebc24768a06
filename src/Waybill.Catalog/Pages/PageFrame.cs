using System.Text;

namespace Waybill.Catalog.Pages;

/// <summary>What all pages have: head, style and tables.</summary>
internal static class PageFrame
{
    // Shapes tell as much as colours do. Every pair of colours has a contrast of at least 4.5 to 1.
    private const string Style =
        """
        :root { color-scheme: light dark; --ground: #ffffff; --panel: #f3f5f8; --text: #14181f; --soft: #4a5462; --line: #b9c1cc; --good: #00639c; --bad: #b3261e; --lost: #5f6772; --warn: #8a4b00; }
        @media (prefers-color-scheme: dark) { :root { --ground: #12151a; --panel: #1c2128; --text: #eef1f5; --soft: #b4bdc9; --line: #47515e; --good: #6cb8f0; --bad: #ff9b91; --lost: #a6b0bc; --warn: #f0b35a; } }
        * { box-sizing: border-box; }
        body { margin: 0; padding: clamp(0.75rem, 2.5vw, 3rem); background: var(--ground); color: var(--text); font: clamp(1rem, 0.85rem + 0.45vw, 1.75rem)/1.5 system-ui, sans-serif; }
        main { max-width: 120rem; margin: 0 auto; }
        h1 { font-size: 1.6em; margin: 0 0 0.3em; overflow-wrap: anywhere; } h2 { font-size: 1.2em; margin: 1.6em 0 0.5em; }
        p, dd, td, th, li { overflow-wrap: anywhere; } .soft { color: var(--soft); } .bad { color: var(--bad); font-weight: 600; } .warn { color: var(--warn); font-weight: 600; }
        dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2em 1.2em; margin: 0; } dt { color: var(--soft); } dd { margin: 0; }
        figure { margin: 0; padding: 0.8em; background: var(--panel); border-radius: 0.5em; }
        .row { display: grid; grid-template-columns: minmax(8em, 16em) minmax(0, 1fr); gap: 0 1em; align-items: center; } .row > div { overflow-wrap: anywhere; }
        .track { display: block; width: 100%; overflow: visible; } .track text { fill: var(--soft); font-size: 0.8em; }
        .span { stroke: var(--line); stroke-width: 6; stroke-linecap: round; } .gap { fill: var(--warn); opacity: 0.35; }
        .complete { fill: var(--good); } .parent-missing { stroke: var(--bad); stroke-width: 3; } .gone { fill: var(--panel); stroke: var(--lost); stroke-width: 2; } .conflict { fill: var(--warn); }
        .legend { display: flex; flex-wrap: wrap; gap: 0.3em 1.5em; margin: 0.8em 0 0; padding: 0; list-style: none; color: var(--soft); } .legend svg { vertical-align: -0.2em; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 0.35em 1em 0.35em 0; border-bottom: 1px solid var(--line); min-width: 8em; } th { color: var(--soft); font-weight: 600; white-space: nowrap; }
        @media (max-width: 62rem) { .wide { display: none; } }
        @media (max-width: 45rem) { .row { grid-template-columns: minmax(0, 1fr); margin-bottom: 0.4em; } dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: 0.4em; } }
        @media print { body { background: #ffffff; color: #000000; } }
        """;

    public static StringBuilder Begin(string title)
    {
        var page = new StringBuilder(64 * 1024);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>")
            .Append(PageText.Escape(title)).Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n</head>\n<body>\n<main>\n");
        return page;
    }

    public static string End(StringBuilder page, DateTimeOffset now) => page
        .Append("<p class=\"soft\">Made ").Append(PageText.Time(new Timestamp(now.ToUnixTimeSeconds(), 0)))
        .Append(" of a catalog, which says what bundles say of themselves.</p>\n</main>\n</body>\n</html>\n").ToString();

    /// <summary>Writes a table whose cells are ready to stand in the page; nothing if it has no rows.</summary>
    public static void WriteTable(StringBuilder page, string title, string[] columns, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        page.Append("<section>\n<h2>").Append(PageText.Escape(title)).Append("</h2>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"").Append(PageText.Escape(title)).Append("\">\n<table>\n<thead><tr>");
        foreach (string column in columns)
        {
            page.Append("<th scope=\"col\">").Append(PageText.Escape(column)).Append("</th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        foreach (string[] row in rows)
        {
            page.Append("<tr>");
            foreach (string cell in row)
            {
                page.Append("<td>").Append(cell).Append("</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody>\n</table>\n</div>\n</section>\n");
    }
}
