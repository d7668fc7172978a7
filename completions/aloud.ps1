# PowerShell completion for aloud. Generated: change the flags of the program instead.

Register-ArgumentCompleter -Native -CommandName aloud -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $known = @{
        '' = @{
            Commands = @(
                , @('say', 'speak a text, to the speaker or to files')
                , @('stream', 'speak standard input while it is still being written; on a terminal, what you type')
                , @('voices', 'list and search the voices there are')
                , @('voices-test', 'the same text in many voices: files, figures, a page to compare')
                , @('fixtures', 'make audio for tests from a manifest, only what changed; check it')
                , @('serve', 'serve the protocols of Cartesia and SLNG locally, with the built-in voice')
                , @('token', 'make a short-lived access token for a client')
                , @('doctor', 'try key, network, engine, sound and settings, and say what to do')
                , @('config', 'show every setting and where it came from')
                , @('completion', 'print the completion script for a shell')
                , @('help', 'show help for a command')
            )
            Flags = @(
                @{ Names = @('-V', '--version'); Takes = 'nothing'; Values = 'none'; About = 'print the version (with --json: also runtime, platform, providers)' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show help' }
            )
            Operands = @(
            )
        }
        'say' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('-f', '--file'); Takes = 'value'; Values = 'none'; About = 'read the text from a file, - for standard input' }
                @{ Names = @('-o', '--output'); Takes = 'value'; Values = 'none'; About = 'write to a file: .wav .raw .pcm .srt .vtt .json .TextGrid, or - (repeatable)' }
                @{ Names = @('--srt'); Takes = 'perhaps'; Values = 'none'; About = 'write SubRip subtitles, beside the audio unless a file is named' }
                @{ Names = @('--vtt'); Takes = 'perhaps'; Values = 'none'; About = 'write WebVTT subtitles' }
                @{ Names = @('--timestamps'); Takes = 'perhaps'; Values = 'none'; About = 'write the times of words as JSON' }
                @{ Names = @('--play'); Takes = 'nothing'; Values = 'none'; About = 'play although a file is written' }
                @{ Names = @('--no-play'); Takes = 'nothing'; Values = 'none'; About = 'do not play' }
                @{ Names = @('--no-clobber'); Takes = 'nothing'; Values = 'none'; About = 'never replace a file' }
                @{ Names = @('--keep-partial'); Takes = 'nothing'; Values = 'none'; About = 'when cut short, keep what arrived as a valid file' }
                @{ Names = @('--jobs'); Takes = 'value'; Values = 'none'; About = 'speak a long text in parts, so many at once (1 to 100; auto is the default for files)' }
                @{ Names = @('--resume'); Takes = 'nothing'; Values = 'none'; About = 'with -f: go on where the last run broke off, if it did' }
                @{ Names = @('-n', '--dry-run'); Takes = 'nothing'; Values = 'none'; About = 'print what would be sent and written; send nothing' }
                @{ Names = @('-v', '--voice'); Takes = 'value'; Values = 'ask voice'; About = 'id, name or unique beginning of a name' }
                @{ Names = @('-m', '--model'); Takes = 'value'; Values = 'ask model'; About = 'model of the provider' }
                @{ Names = @('-l', '--language'); Takes = 'value'; Values = 'ask language'; About = 'language of the text' }
                @{ Names = @('--speed'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own speed (0.6 to 1.5, or one of slow, normal, fast for models before sonic-3)' }
                @{ Names = @('-r', '--rate'); Takes = 'value'; Values = 'none'; About = 'words a minute, instead of --speed; 175 is speed 1 (105 to 262.5)' }
                @{ Names = @('--volume'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own volume (0.5 to 2)' }
                @{ Names = @('--emotion'); Takes = 'value'; Values = 'ask emotion'; About = 'how it is said' }
                @{ Names = @('--pronunciation-dict'); Takes = 'value'; Values = 'none'; About = 'pronunciation dictionary of the provider' }
                @{ Names = @('--encoding'); Takes = 'value'; Values = @('pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'); About = 'sample encoding (pcm_s16le, pcm_f32le, pcm_mulaw, pcm_alaw; default pcm_s16le)' }
                @{ Names = @('--sample-rate'); Takes = 'value'; Values = @('8000', '16000', '22050', '24000', '44100', '48000'); About = 'samples a second (8000, 16000, 22050, 24000, 44100, 48000; default 24000)' }
                @{ Names = @('--format'); Takes = 'value'; Values = @('wav', 'raw'); About = 'container of the audio, whatever the file is called (wav, raw)' }
                @{ Names = @('--phonemes'); Takes = 'nothing'; Values = 'none'; About = 'phoneme times too' }
                @{ Names = @('--normalized-timestamps'); Takes = 'nothing'; Values = 'none'; About = 'times of words as spoken instead of as written' }
                @{ Names = @('--cues'); Takes = 'value'; Values = @('word', 'phrase', 'sentence'); About = 'what one subtitle holds (word, phrase, sentence; default phrase)' }
                @{ Names = @('--player'); Takes = 'value'; Values = @('auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'); About = 'what plays the sound (auto, speaker, pw-play, pacat, aplay, play, none; default auto)' }
                @{ Names = @('-a', '--audio-device'); Takes = 'value'; Values = 'none'; About = 'where the sound comes out' }
                @{ Names = @('--lead-in'); Takes = 'value'; Values = 'none'; About = 'silence before the sound when playing (0 to 60000)' }
                @{ Names = @('--tail'); Takes = 'value'; Values = 'none'; About = 'silence after the sound when playing (0 to 60000)' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--region'); Takes = 'value'; Values = 'none'; About = 'regions of SLNG, the first that can' }
                @{ Names = @('--world-part'); Takes = 'value'; Values = @('ap', 'eu', 'na'); About = 'part of the world for SLNG (ap, eu, na)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--timeout'); Takes = 'value'; Values = 'none'; About = 'longest silence of the service in unfinished speech (above 0, up to 86400; default 20)' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--max-buffer-delay'); Takes = 'value'; Values = 'none'; About = 'how long the service may wait for more text (0 to 5000)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
                @{ Repeatable = $true; Values = 'none' }
            )
        }
        'stream' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--tee'); Takes = 'nothing'; Values = 'none'; About = 'pass the text through to standard output, unchanged, as it arrives' }
                @{ Names = @('--captions'); Takes = 'nothing'; Values = 'none'; About = 'show the words on standard error when they are heard' }
                @{ Names = @('--markdown'); Takes = 'nothing'; Values = 'none'; About = 'speak the prose of Markdown: no mark-up, no code blocks, no bare links' }
                @{ Names = @('--by'); Takes = 'value'; Values = @('token', 'sentence', 'line'); About = 'what is sent at once; token by default, line where you type (token, sentence, line)' }
                @{ Names = @('--idle-flush'); Takes = 'value'; Values = 'none'; About = 'speak what waits when the writer pauses for so long (10-60000)' }
                @{ Names = @('--barge-in'); Takes = 'nothing'; Values = 'none'; About = 'on a terminal: a new line interrupts the one being spoken' }
                @{ Names = @('-o', '--output'); Takes = 'value'; Values = 'none'; About = 'write to a file: .wav .raw .pcm .srt .vtt .json .TextGrid, or - (repeatable)' }
                @{ Names = @('--srt'); Takes = 'perhaps'; Values = 'none'; About = 'write SubRip subtitles, beside the audio unless a file is named' }
                @{ Names = @('--vtt'); Takes = 'perhaps'; Values = 'none'; About = 'write WebVTT subtitles' }
                @{ Names = @('--timestamps'); Takes = 'perhaps'; Values = 'none'; About = 'write the times of words as JSON' }
                @{ Names = @('--play'); Takes = 'nothing'; Values = 'none'; About = 'play although a file is written' }
                @{ Names = @('--no-play'); Takes = 'nothing'; Values = 'none'; About = 'do not play' }
                @{ Names = @('--no-clobber'); Takes = 'nothing'; Values = 'none'; About = 'never replace a file' }
                @{ Names = @('--keep-partial'); Takes = 'nothing'; Values = 'none'; About = 'when cut short, keep what arrived as a valid file' }
                @{ Names = @('-n', '--dry-run'); Takes = 'nothing'; Values = 'none'; About = 'print what would be sent and written; send nothing' }
                @{ Names = @('-v', '--voice'); Takes = 'value'; Values = 'ask voice'; About = 'id, name or unique beginning of a name' }
                @{ Names = @('-m', '--model'); Takes = 'value'; Values = 'ask model'; About = 'model of the provider' }
                @{ Names = @('-l', '--language'); Takes = 'value'; Values = 'ask language'; About = 'language of the text' }
                @{ Names = @('--speed'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own speed (0.6 to 1.5, or one of slow, normal, fast for models before sonic-3)' }
                @{ Names = @('-r', '--rate'); Takes = 'value'; Values = 'none'; About = 'words a minute, instead of --speed; 175 is speed 1 (105 to 262.5)' }
                @{ Names = @('--volume'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own volume (0.5 to 2)' }
                @{ Names = @('--emotion'); Takes = 'value'; Values = 'ask emotion'; About = 'how it is said' }
                @{ Names = @('--pronunciation-dict'); Takes = 'value'; Values = 'none'; About = 'pronunciation dictionary of the provider' }
                @{ Names = @('--encoding'); Takes = 'value'; Values = @('pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'); About = 'sample encoding (pcm_s16le, pcm_f32le, pcm_mulaw, pcm_alaw; default pcm_s16le)' }
                @{ Names = @('--sample-rate'); Takes = 'value'; Values = @('8000', '16000', '22050', '24000', '44100', '48000'); About = 'samples a second (8000, 16000, 22050, 24000, 44100, 48000; default 24000)' }
                @{ Names = @('--format'); Takes = 'value'; Values = @('wav', 'raw'); About = 'container of the audio, whatever the file is called (wav, raw)' }
                @{ Names = @('--phonemes'); Takes = 'nothing'; Values = 'none'; About = 'phoneme times too' }
                @{ Names = @('--normalized-timestamps'); Takes = 'nothing'; Values = 'none'; About = 'times of words as spoken instead of as written' }
                @{ Names = @('--cues'); Takes = 'value'; Values = @('word', 'phrase', 'sentence'); About = 'what one subtitle holds (word, phrase, sentence; default phrase)' }
                @{ Names = @('--player'); Takes = 'value'; Values = @('auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'); About = 'what plays the sound (auto, speaker, pw-play, pacat, aplay, play, none; default auto)' }
                @{ Names = @('-a', '--audio-device'); Takes = 'value'; Values = 'none'; About = 'where the sound comes out' }
                @{ Names = @('--lead-in'); Takes = 'value'; Values = 'none'; About = 'silence before the sound when playing (0 to 60000)' }
                @{ Names = @('--tail'); Takes = 'value'; Values = 'none'; About = 'silence after the sound when playing (0 to 60000)' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--region'); Takes = 'value'; Values = 'none'; About = 'regions of SLNG, the first that can' }
                @{ Names = @('--world-part'); Takes = 'value'; Values = @('ap', 'eu', 'na'); About = 'part of the world for SLNG (ap, eu, na)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--timeout'); Takes = 'value'; Values = 'none'; About = 'longest silence of the service in unfinished speech (above 0, up to 86400; default 20)' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--max-buffer-delay'); Takes = 'value'; Values = 'none'; About = 'how long the service may wait for more text (0 to 5000)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'a line of JSON on stdout for each event, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
            )
        }
        'voices' = @{
            Commands = @(
                , @('show', 'tell all that is known about a voice')
            )
            Flags = @(
                @{ Names = @('-l', '--language'); Takes = 'value'; Values = 'ask language'; About = 'those that speak it: en has en-GB as well' }
                @{ Names = @('--gender'); Takes = 'value'; Values = 'none'; About = 'those of one gender: female, male, neutral' }
                @{ Names = @('--search'); Takes = 'value'; Values = 'none'; About = 'those of which every word is said, or begins a word' }
                @{ Names = @('--mine'); Takes = 'nothing'; Values = 'none'; About = 'those that are your own' }
                @{ Names = @('--refresh'); Takes = 'nothing'; Values = 'none'; About = 'ask again, whatever is remembered' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
            )
        }
        'voices show' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
                @{ Repeatable = $false; Values = 'ask voice' }
            )
        }
        'voices-test' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--all'); Takes = 'nothing'; Values = 'none'; About = 'every voice of the provider' }
                @{ Names = @('--filter'); Takes = 'value'; Values = 'none'; About = 'voices of which every word is said, or begins a word, as in: aloud voices --search' }
                @{ Names = @('-m', '--model'); Takes = 'value'; Values = 'ask model'; About = 'model of the provider (repeatable)' }
                @{ Names = @('--text'); Takes = 'value'; Values = 'none'; About = 'what is to be said (repeatable); else a sentence in the language of the voice' }
                @{ Names = @('-f', '--file'); Takes = 'value'; Values = 'none'; About = 'one text per line, - for standard input' }
                @{ Names = @('--repeat'); Takes = 'value'; Values = 'none'; About = 'say everything so often, 1 to 100 (default 1)' }
                @{ Names = @('--jobs'); Takes = 'value'; Values = 'none'; About = 'takes at a time, 1 to 100 (default 1 with local, else 2; fewer when that is too many)' }
                @{ Names = @('--out-dir'); Takes = 'value'; Values = 'none'; About = 'folder for recordings and results (default voices-test)' }
                @{ Names = @('--report'); Takes = 'value'; Values = 'none'; About = 'one page to listen and compare, with everything in it' }
                @{ Names = @('--sort'); Takes = 'value'; Values = 'none'; About = 'order of the table, best first (default first)' }
                @{ Names = @('--play'); Takes = 'nothing'; Values = 'none'; About = 'play each in turn; n next, p previous, r repeat, q quit' }
                @{ Names = @('-n', '--dry-run'); Takes = 'nothing'; Values = 'none'; About = 'print what would be sent and written; send nothing' }
                @{ Names = @('--max-first-audio'); Takes = 'value'; Values = 'none'; About = 'time to first audio, p95 of a voice' }
                @{ Names = @('--max-silence'); Takes = 'value'; Values = 'none'; About = 'silence at either end' }
                @{ Names = @('--min-loudness'); Takes = 'value'; Values = 'none'; About = 'integrated loudness, at least' }
                @{ Names = @('--max-loudness'); Takes = 'value'; Values = 'none'; About = 'integrated loudness, at most' }
                @{ Names = @('--no-clipping'); Takes = 'nothing'; Values = 'none'; About = 'no clipped samples' }
                @{ Names = @('--expect-duration'); Takes = 'value'; Values = 'none'; About = 'seconds of sound; either end may be left open' }
                @{ Names = @('-v', '--voice'); Takes = 'value'; Values = 'ask voice'; About = 'id, name or unique beginning of a name' }
                @{ Names = @('-l', '--language'); Takes = 'value'; Values = 'ask language'; About = 'language of the text' }
                @{ Names = @('--speed'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own speed (0.6 to 1.5, or one of slow, normal, fast for models before sonic-3)' }
                @{ Names = @('-r', '--rate'); Takes = 'value'; Values = 'none'; About = 'words a minute, instead of --speed; 175 is speed 1 (105 to 262.5)' }
                @{ Names = @('--volume'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own volume (0.5 to 2)' }
                @{ Names = @('--emotion'); Takes = 'value'; Values = 'ask emotion'; About = 'how it is said' }
                @{ Names = @('--pronunciation-dict'); Takes = 'value'; Values = 'none'; About = 'pronunciation dictionary of the provider' }
                @{ Names = @('--encoding'); Takes = 'value'; Values = @('pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'); About = 'sample encoding (pcm_s16le, pcm_f32le, pcm_mulaw, pcm_alaw; default pcm_s16le)' }
                @{ Names = @('--sample-rate'); Takes = 'value'; Values = @('8000', '16000', '22050', '24000', '44100', '48000'); About = 'samples a second (8000, 16000, 22050, 24000, 44100, 48000; default 24000)' }
                @{ Names = @('--phonemes'); Takes = 'nothing'; Values = 'none'; About = 'phoneme times too' }
                @{ Names = @('--normalized-timestamps'); Takes = 'nothing'; Values = 'none'; About = 'times of words as spoken instead of as written' }
                @{ Names = @('--player'); Takes = 'value'; Values = @('auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'); About = 'what plays the sound (auto, speaker, pw-play, pacat, aplay, play, none; default auto)' }
                @{ Names = @('-a', '--audio-device'); Takes = 'value'; Values = 'none'; About = 'where the sound comes out' }
                @{ Names = @('--lead-in'); Takes = 'value'; Values = 'none'; About = 'silence before the sound when playing (0 to 60000)' }
                @{ Names = @('--tail'); Takes = 'value'; Values = 'none'; About = 'silence after the sound when playing (0 to 60000)' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--region'); Takes = 'value'; Values = 'none'; About = 'regions of SLNG, the first that can' }
                @{ Names = @('--world-part'); Takes = 'value'; Values = @('ap', 'eu', 'na'); About = 'part of the world for SLNG (ap, eu, na)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--timeout'); Takes = 'value'; Values = 'none'; About = 'longest silence of the service in unfinished speech (above 0, up to 86400; default 20)' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--max-buffer-delay'); Takes = 'value'; Values = 'none'; About = 'how long the service may wait for more text (0 to 5000)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
                @{ Repeatable = $true; Values = 'ask voice' }
            )
        }
        'fixtures' = @{
            Commands = @(
                , @('merge', 'put the locks of all shards together')
                , @('cache', 'show the cache, or put it in order')
            )
            Flags = @(
                @{ Names = @('--check'); Takes = 'nothing'; Values = 'none'; About = 'make and send nothing; exit 8 with a list of what is missing, changed or stale' }
                @{ Names = @('--frozen'); Takes = 'nothing'; Values = 'none'; About = 'restore from the cache alone, as the lock has it; no key, no network, exit 8 for the rest' }
                @{ Names = @('--verify'); Takes = 'nothing'; Values = 'none'; About = 'make nothing; open every output, hold its samples against lock and limits, exit 8' }
                @{ Names = @('-n', '--dry-run'); Takes = 'nothing'; Values = 'none'; About = 'print what would be made; make and send nothing' }
                @{ Names = @('--jobs'); Takes = 'value'; Values = 'none'; About = 'recordings at a time, 1 to 100 (default as many as the service takes; 2 with local)' }
                @{ Names = @('--shard'); Takes = 'value'; Values = 'none'; About = 'the i-th of n parts of the work, with a lock of its own' }
                @{ Names = @('--cache-dir'); Takes = 'value'; Values = 'none'; About = 'where recordings are kept' }
                @{ Names = @('--prune'); Takes = 'nothing'; Values = 'none'; About = 'afterwards drop from the cache what no lock has use for' }
                @{ Names = @('-v', '--voice'); Takes = 'value'; Values = 'ask voice'; About = 'id, name or unique beginning of a name' }
                @{ Names = @('-m', '--model'); Takes = 'value'; Values = 'ask model'; About = 'model of the provider' }
                @{ Names = @('-l', '--language'); Takes = 'value'; Values = 'ask language'; About = 'language of the text' }
                @{ Names = @('--speed'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own speed (0.6 to 1.5, or one of slow, normal, fast for models before sonic-3)' }
                @{ Names = @('-r', '--rate'); Takes = 'value'; Values = 'none'; About = 'words a minute, instead of --speed; 175 is speed 1 (105 to 262.5)' }
                @{ Names = @('--volume'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own volume (0.5 to 2)' }
                @{ Names = @('--emotion'); Takes = 'value'; Values = 'ask emotion'; About = 'how it is said' }
                @{ Names = @('--pronunciation-dict'); Takes = 'value'; Values = 'none'; About = 'pronunciation dictionary of the provider' }
                @{ Names = @('--encoding'); Takes = 'value'; Values = @('pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'); About = 'sample encoding (pcm_s16le, pcm_f32le, pcm_mulaw, pcm_alaw; default pcm_s16le)' }
                @{ Names = @('--sample-rate'); Takes = 'value'; Values = @('8000', '16000', '22050', '24000', '44100', '48000'); About = 'samples a second (8000, 16000, 22050, 24000, 44100, 48000; default 24000)' }
                @{ Names = @('--format'); Takes = 'value'; Values = @('wav', 'raw'); About = 'container of the audio, whatever the file is called (wav, raw)' }
                @{ Names = @('--phonemes'); Takes = 'nothing'; Values = 'none'; About = 'phoneme times too' }
                @{ Names = @('--normalized-timestamps'); Takes = 'nothing'; Values = 'none'; About = 'times of words as spoken instead of as written' }
                @{ Names = @('--cues'); Takes = 'value'; Values = @('word', 'phrase', 'sentence'); About = 'what one subtitle holds (word, phrase, sentence; default phrase)' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--region'); Takes = 'value'; Values = 'none'; About = 'regions of SLNG, the first that can' }
                @{ Names = @('--world-part'); Takes = 'value'; Values = @('ap', 'eu', 'na'); About = 'part of the world for SLNG (ap, eu, na)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--timeout'); Takes = 'value'; Values = 'none'; About = 'longest silence of the service in unfinished speech (above 0, up to 86400; default 20)' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--max-buffer-delay'); Takes = 'value'; Values = 'none'; About = 'how long the service may wait for more text (0 to 5000)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
                @{ Repeatable = $false; Values = 'none' }
            )
        }
        'fixtures merge' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('-o', '--output'); Takes = 'value'; Values = 'none'; About = 'the whole lock, else the one that they are parts of' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
                @{ Repeatable = $true; Values = 'none' }
            )
        }
        'fixtures cache' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--cache-dir'); Takes = 'value'; Values = 'none'; About = 'where recordings are kept' }
                @{ Names = @('--prune'); Takes = 'nothing'; Values = 'none'; About = 'drop what no lock has use for, and what is beyond the limit' }
                @{ Names = @('--max-size'); Takes = 'value'; Values = 'none'; About = 'limit from now on, such as 500M or 8G; drops what was used longest ago' }
                @{ Names = @('--verify'); Takes = 'nothing'; Values = 'none'; About = 'read every recording, drop those that are damaged' }
                @{ Names = @('--clear'); Takes = 'nothing'; Values = 'none'; About = 'drop everything' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
            )
        }
        'serve' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--port'); Takes = 'value'; Values = 'none'; About = 'where to listen, 0 for any free port (default 8787)' }
                @{ Names = @('--host'); Takes = 'value'; Values = 'none'; About = 'an address of this machine; beyond it only with a key (default 127.0.0.1)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'ask clients for the key in this file' }
                @{ Names = @('--cert'); Takes = 'value'; Values = 'none'; About = 'TLS certificate as PEM, instead of one for localhost that is made and kept' }
                @{ Names = @('--key'); Takes = 'value'; Values = 'none'; About = 'its private key' }
                @{ Names = @('--concurrency'); Takes = 'value'; Values = 'none'; About = 'contexts at once, as a plan allows (default 200)' }
                @{ Names = @('--strict'); Takes = 'nothing'; Values = 'none'; About = 'refuse what the services refuse: unknown voices, changed parameters, missing context ids; with --replay: what was not recorded' }
                @{ Names = @('--pace'); Takes = 'value'; Values = @('realtime', 'fast'); About = 'how fast audio comes (realtime, fast; default fast)' }
                @{ Names = @('--latency'); Takes = 'value'; Values = 'none'; About = 'time before the first audio of a context (default 0)' }
                @{ Names = @('--idle-timeout'); Takes = 'value'; Values = 'none'; About = 'how long a socket may be without speech, 0 for ever (default 300)' }
                @{ Names = @('--flush-ids'); Takes = 'value'; Values = @('A', 'B', 'C'); About = 'how flush_id counts: flushes so far (A), segments from 0 (B), from 1 (C) (A, B, C; default A)' }
                @{ Names = @('--fault'); Takes = 'value'; Values = 'ask fault'; About = 'make something go wrong, see below (repeatable)' }
                @{ Names = @('--record'); Takes = 'value'; Values = 'none'; About = 'write down what a service is asked and answers' }
                @{ Names = @('--upstream'); Takes = 'value'; Values = @('cartesia', 'slng'); About = 'the service that speaks, with the key set for it (cartesia, slng)' }
                @{ Names = @('--upstream-url'); Takes = 'value'; Values = 'none'; About = 'where it is, when not at its own address' }
                @{ Names = @('--replay'); Takes = 'value'; Values = 'none'; About = 'answer what was recorded with what was recorded' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
            )
        }
        'token' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--expires'); Takes = 'value'; Values = 'none'; About = 'how long it is good for (1 to 3600) (default 600)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout instead of prose, errors too' }
                @{ Names = @('-q', '--quiet'); Takes = 'nothing'; Values = 'none'; About = 'only errors and warnings' }
                @{ Names = @('--verbose'); Takes = 'nothing'; Values = 'none'; About = 'say more about what is going on' }
                @{ Names = @('--debug'); Takes = 'nothing'; Values = 'none'; About = 'say everything, but never a key' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
            )
        }
        'doctor' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('-m', '--model'); Takes = 'value'; Values = 'ask model'; About = 'model of the provider' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--player'); Takes = 'value'; Values = @('auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'); About = 'what plays the sound (auto, speaker, pw-play, pacat, aplay, play, none; default auto)' }
                @{ Names = @('-a', '--audio-device'); Takes = 'value'; Values = 'none'; About = 'where the sound comes out' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show help' }
            )
            Operands = @(
            )
        }
        'config' = @{
            Commands = @(
                , @('path', 'print where the user''s own settings file is')
                , @('set', 'set something in your own settings file; comments in it stay')
                , @('unset', 'take something out of your own settings file')
            )
            Flags = @(
                @{ Names = @('--origin'); Takes = 'nothing'; Values = 'none'; About = 'show where each value came from' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'one JSON document on stdout' }
                @{ Names = @('--provider'); Takes = 'value'; Values = @('local', 'cartesia', 'slng'); About = 'who speaks (local, cartesia, slng)' }
                @{ Names = @('-v', '--voice'); Takes = 'value'; Values = 'ask voice'; About = 'id, name or unique beginning of a name' }
                @{ Names = @('-m', '--model'); Takes = 'value'; Values = 'ask model'; About = 'model of the provider' }
                @{ Names = @('-l', '--language'); Takes = 'value'; Values = 'ask language'; About = 'language of the text' }
                @{ Names = @('--encoding'); Takes = 'value'; Values = @('pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'); About = 'sample encoding (pcm_s16le, pcm_f32le, pcm_mulaw, pcm_alaw; default pcm_s16le)' }
                @{ Names = @('--sample-rate'); Takes = 'value'; Values = @('8000', '16000', '22050', '24000', '44100', '48000'); About = 'samples a second (8000, 16000, 22050, 24000, 44100, 48000; default 24000)' }
                @{ Names = @('--speed'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own speed (0.6 to 1.5, or one of slow, normal, fast for models before sonic-3)' }
                @{ Names = @('--volume'); Takes = 'value'; Values = 'none'; About = 'times the voice''s own volume (0.5 to 2)' }
                @{ Names = @('--emotion'); Takes = 'value'; Values = 'ask emotion'; About = 'how it is said' }
                @{ Names = @('-r', '--rate'); Takes = 'value'; Values = 'none'; About = 'words a minute, instead of --speed; 175 is speed 1 (105 to 262.5)' }
                @{ Names = @('--pronunciation-dict'); Takes = 'value'; Values = 'none'; About = 'pronunciation dictionary of the provider' }
                @{ Names = @('--phonemes'); Takes = 'nothing'; Values = 'none'; About = 'phoneme times too' }
                @{ Names = @('--normalized-timestamps'); Takes = 'nothing'; Values = 'none'; About = 'times of words as spoken instead of as written' }
                @{ Names = @('--max-buffer-delay'); Takes = 'value'; Values = 'none'; About = 'how long the service may wait for more text (0 to 5000)' }
                @{ Names = @('--format'); Takes = 'value'; Values = @('wav', 'raw'); About = 'container of the audio, whatever the file is called (wav, raw)' }
                @{ Names = @('--cues'); Takes = 'value'; Values = @('word', 'phrase', 'sentence'); About = 'what one subtitle holds (word, phrase, sentence; default phrase)' }
                @{ Names = @('--api-version'); Takes = 'value'; Values = 'none'; About = 'version of Cartesia''s protocol (default 2026-03-01)' }
                @{ Names = @('--region'); Takes = 'value'; Values = 'none'; About = 'regions of SLNG, the first that can' }
                @{ Names = @('--world-part'); Takes = 'value'; Values = @('ap', 'eu', 'na'); About = 'part of the world for SLNG (ap, eu, na)' }
                @{ Names = @('--base-url'); Takes = 'value'; Values = 'none'; About = 'where the provider is' }
                @{ Names = @('--auth'); Takes = 'value'; Values = @('header', 'query'); About = 'how version and key travel (header, query; default header)' }
                @{ Names = @('--api-key-file'); Takes = 'value'; Values = 'none'; About = 'file that holds the API key' }
                @{ Names = @('--access-token-file'); Takes = 'value'; Values = 'none'; About = 'file that holds a short-lived token' }
                @{ Names = @('--timeout'); Takes = 'value'; Values = 'none'; About = 'longest silence of the service in unfinished speech (above 0, up to 86400; default 20)' }
                @{ Names = @('--connect-timeout'); Takes = 'value'; Values = 'none'; About = 'longest time to connect (above 0, up to 86400; default 10)' }
                @{ Names = @('--retries'); Takes = 'value'; Values = 'none'; About = 'how often to try again (0 to 100; default 2)' }
                @{ Names = @('--player'); Takes = 'value'; Values = @('auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'); About = 'what plays the sound (auto, speaker, pw-play, pacat, aplay, play, none; default auto)' }
                @{ Names = @('-a', '--audio-device'); Takes = 'value'; Values = 'none'; About = 'where the sound comes out' }
                @{ Names = @('--lead-in'); Takes = 'value'; Values = 'none'; About = 'silence before the sound when playing (0 to 60000)' }
                @{ Names = @('--tail'); Takes = 'value'; Values = 'none'; About = 'silence after the sound when playing (0 to 60000)' }
                @{ Names = @('--no-color'); Takes = 'nothing'; Values = 'none'; About = 'no colour on the terminal' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'a named set of settings' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show help' }
            )
            Operands = @(
            )
        }
        'config path' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'as JSON' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show help' }
            )
            Operands = @(
            )
        }
        'config set' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--from-file'); Takes = 'value'; Values = 'none'; About = 'read a key from a file, - for standard input' }
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'in a profile, made if need be' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'as JSON' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show help' }
            )
            Operands = @(
                @{ Repeatable = $false; Values = 'ask setting' }
                @{ Repeatable = $false; Values = 'ask value' }
            )
        }
        'config unset' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('--profile'); Takes = 'value'; Values = 'ask profile'; About = 'out of a profile' }
                @{ Names = @('--json'); Takes = 'nothing'; Values = 'none'; About = 'as JSON' }
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show help' }
            )
            Operands = @(
                @{ Repeatable = $false; Values = 'ask setting' }
            )
        }
        'completion' = @{
            Commands = @(
            )
            Flags = @(
                @{ Names = @('-h', '--help'); Takes = 'nothing'; Values = 'none'; About = 'show this help' }
            )
            Operands = @(
                @{ Repeatable = $false; Values = @('bash', 'zsh', 'fish', 'pwsh') }
            )
        }
        'help' = @{
            Commands = @(
            )
            Flags = @(
            )
            Operands = @(
                @{ Repeatable = $false; Values = @('say', 'stream', 'voices', 'voices-test', 'fixtures', 'serve', 'token', 'doctor', 'config', 'completion') }
            )
        }
    }

    # What is before the cursor: commands, flags with their values, operands.
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $path = ''
    $operands = 0
    $flag = $null
    for ($at = 1; $at -lt $words.Count; $at++) {
        $word = $words[$at]
        $flag = $null
        if ($word -ceq '--') { return }
        if ($word.StartsWith('-')) {
            $flag = $known[$path].Flags | Where-Object { $_.Names -ccontains $word } | Select-Object -First 1
            if ($null -ne $flag -and $flag.Takes -eq 'value' -and $at + 1 -lt $words.Count) { $at++; $flag = $null }
            elseif ($null -ne $flag -and $flag.Takes -eq 'nothing') { $flag = $null }
            continue
        }
        $longer = "$path $word".Trim()
        if ($operands -eq 0 -and $known.ContainsKey($longer)) { $path = $longer } else { $operands++ }
    }

    $typed = $wordToComplete
    $prefix = ''
    if ($typed -cmatch '^(--[a-z-]+)=(.*)$') {
        $name = $Matches[1]
        $prefix = "$name="
        $typed = $Matches[2]
        $flag = $known[$path].Flags | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
    }
    elseif ($null -ne $flag -and $flag.Takes -eq 'perhaps' -and $typed.StartsWith('-')) { $flag = $null }

    $found = @()
    $values = 'none'
    if ($null -ne $flag) { $values = $flag.Values }
    elseif ($typed.StartsWith('-')) {
        $found = @($known[$path].Flags | ForEach-Object {
            $about = $_.About
            $_.Names | ForEach-Object { , @($_, $about) }
        })
    }
    else {
        if ($operands -eq 0) { $found = @($known[$path].Commands) }
        $places = @($known[$path].Operands)
        $place = $places | Where-Object { $_.Repeatable } | Select-Object -First 1
        if ($operands -lt $places.Count) { $place = $places[$operands] }
        if ($null -ne $place) { $values = $place.Values }
    }
    if ($values -is [array]) { $found += @($values | ForEach-Object { , @($_, $_) }) }
    elseif ($values.StartsWith('ask ')) {
        $program = Get-Command aloud -CommandType @('Application', 'ExternalScript') -ErrorAction SilentlyContinue | Select-Object -First 1
        if ($null -ne $program) {
            # Without a word for the empty line, older versions would lose the rest.
            $found += @(& $program completion --values $values.Substring(4) '--' @words 2>$null | ForEach-Object {
                $parts = $_.Split([char]9)
                , @($parts[0], $parts[-1])
            })
        }
    }

    $quotes = [char[]]@(39, 34)
    $typed = $typed.Trim($quotes)
    $found | Where-Object { $_[0].StartsWith($typed, [StringComparison]::OrdinalIgnoreCase) } | ForEach-Object {
        $text = $_[0]
        if ($text -cnotmatch '^[\w./+:-]+$') { $text = "'" + $text.Replace("'", "''") + "'" }
        $about = if ([string]::IsNullOrWhiteSpace($_[1])) { $_[0] } else { $_[1] }
        [System.Management.Automation.CompletionResult]::new($prefix + $text, $_[0], 'ParameterValue', $about)
    }
}
