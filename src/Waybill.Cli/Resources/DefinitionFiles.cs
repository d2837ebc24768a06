namespace Waybill.Cli.Resources;

/// <summary>Reads Kubernetes definitions from files and directories and puts them into the order in which a restore creates them.</summary>
internal static class DefinitionFiles
{
    private static readonly string[] s_extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads all objects below some paths.</summary>
    /// <param name="paths">Files and directories; directories are read recursively, without names that begin with a dot.</param>
    /// <param name="cancellationToken">Ends the reading early.</param>
    /// <returns>The objects in restore order.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.SourceReadFailed"/> or <see cref="WaybillErrorCode.ResourceInvalid"/>, with the file and the offset in it.
    /// </exception>
    public static async Task<IReadOnlyList<ResourceDefinition>> ReadAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var definitions = new List<ResourceDefinition>();
        foreach (string path in paths)
        {
            int before = definitions.Count;
            foreach ((string file, string originName) in Find(path))
            {
                await ReadFileAsync(file, originName, definitions, cancellationToken).ConfigureAwait(false);
            }

            if (definitions.Count == before)
            {
                throw new WaybillException(WaybillErrorCode.ResourceInvalid, "There is no Kubernetes definition here")
                {
                    ObjectName = path,
                    Hint = "files ending in .yaml, .yml and .json are read",
                };
            }
        }

        RefuseDuplicates(definitions);
        return RestoreOrder.Sort(definitions);
    }

    private static List<(string File, string OriginName)> Find(string path)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                return File.Exists(path)
                    ? [(path, Path.GetFileName(path))]
                    : throw new WaybillException(WaybillErrorCode.SourceReadFailed, "There is no such file or directory") { ObjectName = path };
            }

            var found = new List<(string File, string OriginName)>();
            Walk(path, "", found);
            found.Sort((left, right) => string.CompareOrdinal(left.OriginName, right.OriginName));
            return found;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw ReadFailed(path, error);
        }
    }

    private static void Walk(string directory, string prefix, List<(string File, string OriginName)> found)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            // ".git", and the "..data" directories of mounted ConfigMaps, in which every file would be found a second time.
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            string originName = prefix + entry.Name;
            if (entry is DirectoryInfo)
            {
                // Links to directories are not followed: they may lead in circles. Links to files are.
                if (entry.LinkTarget is null)
                {
                    Walk(entry.FullName, originName + "/", found);
                }
            }
            else if (s_extensions.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase))
            {
                found.Add((entry.FullName, originName));
            }
        }
    }

    private static async Task ReadFileAsync(
        string file, string originName, List<ResourceDefinition> definitions, CancellationToken cancellationToken)
    {
        byte[] content;
        try
        {
            if (new FileInfo(file).Length > DefinitionLimits.MaxFileBytes)
            {
                throw new DefinitionException($"A file of definitions may have {DefinitionLimits.MaxFileBytes} bytes.", 0).ToWaybillException(file);
            }

            content = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw ReadFailed(file, error);
        }

        try
        {
            bool isJson = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
            foreach (DefinitionDocument document in isJson ? JsonDefinitions.Split(content) : YamlDefinitions.Split(content))
            {
                DefinitionExtractor.Extract(document, content, isJson ? "application/json" : "application/yaml", originName, definitions);
                if (definitions.Count > DefinitionLimits.MaxObjects)
                {
                    throw new DefinitionException($"A bundle holds at most {DefinitionLimits.MaxObjects} objects.", document.Start);
                }
            }
        }
        catch (DefinitionException error)
        {
            throw error.ToWaybillException(file);
        }
    }

    private static void RefuseDuplicates(List<ResourceDefinition> definitions)
    {
        var seen = new Dictionary<(string Group, string Kind, string Namespace, string Name), ResourceDefinition>();
        foreach (ResourceDefinition definition in definitions)
        {
            if (!seen.TryAdd((definition.Group, definition.Kind, definition.Namespace, definition.Name), definition))
            {
                string other = seen[(definition.Group, definition.Kind, definition.Namespace, definition.Name)].OriginName;
                throw new WaybillException(
                    WaybillErrorCode.ResourceInvalid, $"{definition.Reference} is defined twice: in {other} and again")
                {
                    ObjectName = definition.OriginName,
                    Hint = "keep the definition that is in force",
                };
            }
        }
    }

    private static WaybillException ReadFailed(string path, Exception error) =>
        new(WaybillErrorCode.SourceReadFailed, $"The definitions could not be read: {error.Message}", error) { ObjectName = path };
}
