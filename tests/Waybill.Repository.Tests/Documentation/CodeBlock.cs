using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests.Documentation;

/// <summary>A fenced block of a Markdown document, with what a block marked <c>output</c> after it promises.</summary>
internal sealed record CodeBlock(string Language, string Text, int Line, string? ExpectedOutput)
{
    /// <summary>Reads all blocks of a document in their order. Blocks marked <c>output</c> become part of the block before them.</summary>
    public static IReadOnlyList<CodeBlock> Parse(string markdown)
    {
        List<CodeBlock> blocks = [];
        string[] lines = markdown.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            int start = i;
            string language = lines[start].TrimStart('`').Trim();
            do
            {
                i++;
            }
            while (i < lines.Length && lines[i] != "```");
            if (i == lines.Length)
            {
                throw new FormatException($"Line {start + 1}: the code block has no end.");
            }

            string text = string.Concat(lines[(start + 1)..i].Select(line => line + "\n"));
            if (language == "output")
            {
                CodeBlock before = blocks.LastOrDefault() ?? throw new FormatException($"Line {start + 1}: output of nothing.");
                blocks[^1] = before with { ExpectedOutput = text };
            }
            else
            {
                blocks.Add(new CodeBlock(language, text, start + 1, ExpectedOutput: null));
            }
        }

        return blocks;
    }

    /// <summary>
    /// Compares what the block printed with what the document shows. In the document <c>…</c> stands for anything in a line,
    /// and a line of nothing else for any number of lines.
    /// </summary>
    public bool Promised(string output)
    {
        if (ExpectedOutput is null)
        {
            return true;
        }

        string pattern = Regex.Escape(ExpectedOutput.TrimEnd())
            .Replace("\\n…\\n", "\\n(?:.*\\n)*?", StringComparison.Ordinal)
            .Replace("…", ".*", StringComparison.Ordinal);
        string printed = string.Join('\n', output.Split('\n').Select(line => line.TrimEnd())).TrimEnd();
        return Regex.IsMatch(printed, $@"\A{pattern}\z", RegexOptions.None, TimeSpan.FromSeconds(5));
    }
}
