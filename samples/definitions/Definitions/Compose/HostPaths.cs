namespace Waybill.Samples.Definitions.Compose;

/// <summary>Makes paths of the host whole.</summary>
internal static class HostPaths
{
    /// <summary>Resolves a path of a Compose file. Paths of Windows and of a home directory stay as they are, and all do if the directory is not known.</summary>
    public static string Resolve(string path, string projectDirectory)
    {
        bool isRelative = path[0] is not ('/' or '~' or '\\') && !(path.Length > 1 && path[1] == ':');
        if (isRelative && projectDirectory.Length == 0)
        {
            return path;
        }

        return isRelative ? Normalize(projectDirectory + "/" + path) : path[0] == '/' ? Normalize(path) : path;
    }

    private static string Normalize(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("." or ".."))
            {
                parts.Add(part);
            }
        }

        return (path[0] == '/' ? "/" : "") + string.Join('/', parts);
    }
}
