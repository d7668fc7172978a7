# bash completion for aloud. Generated: change the flags of the program instead.

# Sets what is known of the command "$1": its subcommands and flags; and what may follow: after flag "$2", else as operand number "$3".
_aloud_known() {
  subcommands='' flags='' values=none takes=no
  case "$1" in
    '')
      subcommands='say stream voices voices-test fixtures serve token doctor config completion help'
      flags='--version -V --help -h'
      case "${2:-:$3}" in
        *) ;;
      esac
      ;;
    'say')
      subcommands=''
      flags='--file -f --output -o --srt --vtt --timestamps --play --no-play --no-clobber --keep-partial --jobs --resume --dry-run -n --voice -v --model -m --language -l --speed --rate -r --volume --emotion --pronunciation-dict --encoding --sample-rate --format --phonemes --normalized-timestamps --cues --player --audio-device -a --lead-in --tail --provider --api-version --base-url --auth --region --world-part --api-key-file --access-token-file --timeout --connect-timeout --retries --max-buffer-delay --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        -f | --file) takes=yes values=files ;;
        -o | --output) takes=yes values=files ;;
        --srt) takes=perhaps values=files ;;
        --vtt) takes=perhaps values=files ;;
        --timestamps) takes=perhaps values=files ;;
        --jobs) takes=yes values=none ;;
        -v | --voice) takes=yes values='ask voice' ;;
        -m | --model) takes=yes values='ask model' ;;
        -l | --language) takes=yes values='ask language' ;;
        --speed) takes=yes values=none ;;
        -r | --rate) takes=yes values=none ;;
        --volume) takes=yes values=none ;;
        --emotion) takes=yes values='ask emotion' ;;
        --pronunciation-dict) takes=yes values=none ;;
        --encoding) takes=yes values='pcm_s16le pcm_f32le pcm_mulaw pcm_alaw' ;;
        --sample-rate) takes=yes values='8000 16000 22050 24000 44100 48000' ;;
        --format) takes=yes values='wav raw' ;;
        --cues) takes=yes values='word phrase sentence' ;;
        --player) takes=yes values='auto speaker pw-play pacat aplay play none' ;;
        -a | --audio-device) takes=yes values=none ;;
        --lead-in) takes=yes values=none ;;
        --tail) takes=yes values=none ;;
        --provider) takes=yes values='local cartesia slng' ;;
        --api-version) takes=yes values=none ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --region) takes=yes values=none ;;
        --world-part) takes=yes values='ap eu na' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --timeout) takes=yes values=none ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --max-buffer-delay) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        :*) values=none ;;
        *) ;;
      esac
      ;;
    'stream')
      subcommands=''
      flags='--tee --captions --markdown --by --idle-flush --barge-in --output -o --srt --vtt --timestamps --play --no-play --no-clobber --keep-partial --dry-run -n --voice -v --model -m --language -l --speed --rate -r --volume --emotion --pronunciation-dict --encoding --sample-rate --format --phonemes --normalized-timestamps --cues --player --audio-device -a --lead-in --tail --provider --api-version --base-url --auth --region --world-part --api-key-file --access-token-file --timeout --connect-timeout --retries --max-buffer-delay --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --by) takes=yes values='token sentence line' ;;
        --idle-flush) takes=yes values=none ;;
        -o | --output) takes=yes values=files ;;
        --srt) takes=perhaps values=files ;;
        --vtt) takes=perhaps values=files ;;
        --timestamps) takes=perhaps values=files ;;
        -v | --voice) takes=yes values='ask voice' ;;
        -m | --model) takes=yes values='ask model' ;;
        -l | --language) takes=yes values='ask language' ;;
        --speed) takes=yes values=none ;;
        -r | --rate) takes=yes values=none ;;
        --volume) takes=yes values=none ;;
        --emotion) takes=yes values='ask emotion' ;;
        --pronunciation-dict) takes=yes values=none ;;
        --encoding) takes=yes values='pcm_s16le pcm_f32le pcm_mulaw pcm_alaw' ;;
        --sample-rate) takes=yes values='8000 16000 22050 24000 44100 48000' ;;
        --format) takes=yes values='wav raw' ;;
        --cues) takes=yes values='word phrase sentence' ;;
        --player) takes=yes values='auto speaker pw-play pacat aplay play none' ;;
        -a | --audio-device) takes=yes values=none ;;
        --lead-in) takes=yes values=none ;;
        --tail) takes=yes values=none ;;
        --provider) takes=yes values='local cartesia slng' ;;
        --api-version) takes=yes values=none ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --region) takes=yes values=none ;;
        --world-part) takes=yes values='ap eu na' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --timeout) takes=yes values=none ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --max-buffer-delay) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        *) ;;
      esac
      ;;
    'voices')
      subcommands='show'
      flags='--language -l --gender --search --mine --refresh --provider --api-version --base-url --auth --api-key-file --access-token-file --connect-timeout --retries --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        -l | --language) takes=yes values='ask language' ;;
        --gender) takes=yes values=none ;;
        --search) takes=yes values=none ;;
        --provider) takes=yes values='local cartesia slng' ;;
        --api-version) takes=yes values=none ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        *) ;;
      esac
      ;;
    'voices show')
      subcommands=''
      flags='--provider --api-version --base-url --auth --api-key-file --access-token-file --connect-timeout --retries --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --provider) takes=yes values='local cartesia slng' ;;
        --api-version) takes=yes values=none ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        :0) values='ask voice' ;;
        *) ;;
      esac
      ;;
    'voices-test')
      subcommands=''
      flags='--all --filter --model -m --text --file -f --repeat --jobs --out-dir --report --sort --play --dry-run -n --max-first-audio --max-silence --min-loudness --max-loudness --no-clipping --expect-duration --voice -v --language -l --speed --rate -r --volume --emotion --pronunciation-dict --encoding --sample-rate --phonemes --normalized-timestamps --player --audio-device -a --lead-in --tail --provider --api-version --base-url --auth --region --world-part --api-key-file --access-token-file --timeout --connect-timeout --retries --max-buffer-delay --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --filter) takes=yes values=none ;;
        -m | --model) takes=yes values='ask model' ;;
        --text) takes=yes values=none ;;
        -f | --file) takes=yes values=files ;;
        --repeat) takes=yes values=none ;;
        --jobs) takes=yes values=none ;;
        --out-dir) takes=yes values=folders ;;
        --report) takes=yes values=files ;;
        --sort) takes=yes values=none ;;
        --max-first-audio) takes=yes values=none ;;
        --max-silence) takes=yes values=none ;;
        --min-loudness) takes=yes values=none ;;
        --max-loudness) takes=yes values=none ;;
        --expect-duration) takes=yes values=none ;;
        -v | --voice) takes=yes values='ask voice' ;;
        -l | --language) takes=yes values='ask language' ;;
        --speed) takes=yes values=none ;;
        -r | --rate) takes=yes values=none ;;
        --volume) takes=yes values=none ;;
        --emotion) takes=yes values='ask emotion' ;;
        --pronunciation-dict) takes=yes values=none ;;
        --encoding) takes=yes values='pcm_s16le pcm_f32le pcm_mulaw pcm_alaw' ;;
        --sample-rate) takes=yes values='8000 16000 22050 24000 44100 48000' ;;
        --player) takes=yes values='auto speaker pw-play pacat aplay play none' ;;
        -a | --audio-device) takes=yes values=none ;;
        --lead-in) takes=yes values=none ;;
        --tail) takes=yes values=none ;;
        --provider) takes=yes values='local cartesia slng' ;;
        --api-version) takes=yes values=none ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --region) takes=yes values=none ;;
        --world-part) takes=yes values='ap eu na' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --timeout) takes=yes values=none ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --max-buffer-delay) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        :*) values='ask voice' ;;
        *) ;;
      esac
      ;;
    'fixtures')
      subcommands='merge cache'
      flags='--check --frozen --verify --dry-run -n --jobs --shard --cache-dir --prune --voice -v --model -m --language -l --speed --rate -r --volume --emotion --pronunciation-dict --encoding --sample-rate --format --phonemes --normalized-timestamps --cues --provider --api-version --base-url --auth --region --world-part --api-key-file --access-token-file --timeout --connect-timeout --retries --max-buffer-delay --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --jobs) takes=yes values=none ;;
        --shard) takes=yes values=none ;;
        --cache-dir) takes=yes values=folders ;;
        -v | --voice) takes=yes values='ask voice' ;;
        -m | --model) takes=yes values='ask model' ;;
        -l | --language) takes=yes values='ask language' ;;
        --speed) takes=yes values=none ;;
        -r | --rate) takes=yes values=none ;;
        --volume) takes=yes values=none ;;
        --emotion) takes=yes values='ask emotion' ;;
        --pronunciation-dict) takes=yes values=none ;;
        --encoding) takes=yes values='pcm_s16le pcm_f32le pcm_mulaw pcm_alaw' ;;
        --sample-rate) takes=yes values='8000 16000 22050 24000 44100 48000' ;;
        --format) takes=yes values='wav raw' ;;
        --cues) takes=yes values='word phrase sentence' ;;
        --provider) takes=yes values='local cartesia slng' ;;
        --api-version) takes=yes values=none ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --region) takes=yes values=none ;;
        --world-part) takes=yes values='ap eu na' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --timeout) takes=yes values=none ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --max-buffer-delay) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        :0) values=files ;;
        *) ;;
      esac
      ;;
    'fixtures merge')
      subcommands=''
      flags='--output -o --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        -o | --output) takes=yes values=files ;;
        --profile) takes=yes values='ask profile' ;;
        :*) values=files ;;
        *) ;;
      esac
      ;;
    'fixtures cache')
      subcommands=''
      flags='--cache-dir --prune --max-size --verify --clear --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --cache-dir) takes=yes values=folders ;;
        --max-size) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        *) ;;
      esac
      ;;
    'serve')
      subcommands=''
      flags='--port --host --api-key-file --cert --key --concurrency --strict --pace --latency --idle-timeout --flush-ids --fault --record --upstream --upstream-url --replay --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --port) takes=yes values=none ;;
        --host) takes=yes values=none ;;
        --api-key-file) takes=yes values=files ;;
        --cert) takes=yes values=files ;;
        --key) takes=yes values=files ;;
        --concurrency) takes=yes values=none ;;
        --pace) takes=yes values='realtime fast' ;;
        --latency) takes=yes values=none ;;
        --idle-timeout) takes=yes values=none ;;
        --flush-ids) takes=yes values='A B C' ;;
        --fault) takes=yes values='ask fault' ;;
        --record) takes=yes values=files ;;
        --upstream) takes=yes values='cartesia slng' ;;
        --upstream-url) takes=yes values=none ;;
        --replay) takes=yes values=files ;;
        *) ;;
      esac
      ;;
    'token')
      subcommands=''
      flags='--expires --api-key-file --base-url --api-version --auth --connect-timeout --profile --json --quiet -q --verbose --debug --no-color --help -h'
      case "${2:-:$3}" in
        --expires) takes=yes values=none ;;
        --api-key-file) takes=yes values=files ;;
        --base-url) takes=yes values=none ;;
        --api-version) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --connect-timeout) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        *) ;;
      esac
      ;;
    'doctor')
      subcommands=''
      flags='--json --provider --base-url --model -m --auth --api-key-file --access-token-file --connect-timeout --player --audio-device -a --no-color --profile --help -h'
      case "${2:-:$3}" in
        --provider) takes=yes values='local cartesia slng' ;;
        --base-url) takes=yes values=none ;;
        -m | --model) takes=yes values='ask model' ;;
        --auth) takes=yes values='header query' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --connect-timeout) takes=yes values=none ;;
        --player) takes=yes values='auto speaker pw-play pacat aplay play none' ;;
        -a | --audio-device) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        *) ;;
      esac
      ;;
    'config')
      subcommands='path set unset'
      flags='--origin --json --provider --voice -v --model -m --language -l --encoding --sample-rate --speed --volume --emotion --rate -r --pronunciation-dict --phonemes --normalized-timestamps --max-buffer-delay --format --cues --api-version --region --world-part --base-url --auth --api-key-file --access-token-file --timeout --connect-timeout --retries --player --audio-device -a --lead-in --tail --no-color --profile --help -h'
      case "${2:-:$3}" in
        --provider) takes=yes values='local cartesia slng' ;;
        -v | --voice) takes=yes values='ask voice' ;;
        -m | --model) takes=yes values='ask model' ;;
        -l | --language) takes=yes values='ask language' ;;
        --encoding) takes=yes values='pcm_s16le pcm_f32le pcm_mulaw pcm_alaw' ;;
        --sample-rate) takes=yes values='8000 16000 22050 24000 44100 48000' ;;
        --speed) takes=yes values=none ;;
        --volume) takes=yes values=none ;;
        --emotion) takes=yes values='ask emotion' ;;
        -r | --rate) takes=yes values=none ;;
        --pronunciation-dict) takes=yes values=none ;;
        --max-buffer-delay) takes=yes values=none ;;
        --format) takes=yes values='wav raw' ;;
        --cues) takes=yes values='word phrase sentence' ;;
        --api-version) takes=yes values=none ;;
        --region) takes=yes values=none ;;
        --world-part) takes=yes values='ap eu na' ;;
        --base-url) takes=yes values=none ;;
        --auth) takes=yes values='header query' ;;
        --api-key-file) takes=yes values=files ;;
        --access-token-file) takes=yes values=files ;;
        --timeout) takes=yes values=none ;;
        --connect-timeout) takes=yes values=none ;;
        --retries) takes=yes values=none ;;
        --player) takes=yes values='auto speaker pw-play pacat aplay play none' ;;
        -a | --audio-device) takes=yes values=none ;;
        --lead-in) takes=yes values=none ;;
        --tail) takes=yes values=none ;;
        --profile) takes=yes values='ask profile' ;;
        *) ;;
      esac
      ;;
    'config path')
      subcommands=''
      flags='--json --help -h'
      case "${2:-:$3}" in
        *) ;;
      esac
      ;;
    'config set')
      subcommands=''
      flags='--from-file --profile --json --help -h'
      case "${2:-:$3}" in
        --from-file) takes=yes values=files ;;
        --profile) takes=yes values='ask profile' ;;
        :0) values='ask setting' ;;
        :1) values='ask value' ;;
        *) ;;
      esac
      ;;
    'config unset')
      subcommands=''
      flags='--profile --json --help -h'
      case "${2:-:$3}" in
        --profile) takes=yes values='ask profile' ;;
        :0) values='ask setting' ;;
        *) ;;
      esac
      ;;
    'completion')
      subcommands=''
      flags='--help -h'
      case "${2:-:$3}" in
        :0) values='bash zsh fish pwsh' ;;
        *) ;;
      esac
      ;;
    'help')
      subcommands=''
      flags=''
      case "${2:-:$3}" in
        :0) values='say stream voices voices-test fixtures serve token doctor config completion' ;;
        *) ;;
      esac
      ;;
  esac
}

# Is "$2" a subcommand of "$1"?
_aloud_is_command() {
  case "$1/$2" in
    '/say' | '/stream' | '/voices' | 'voices/show' | '/voices-test' | '/fixtures' | 'fixtures/merge' | 'fixtures/cache' | '/serve' | '/token' | '/doctor' | '/config' | 'config/path' | 'config/set' | 'config/unset' | '/completion' | '/help') return 0 ;;
  esac
  return 1
}

# Adds what begins with "$current"; the first word of each line, up to a tab, quoted for the line that is being typed.
_aloud_offer() {
  local value quote=${current:0:1} typed=$current
  case "$quote" in
    '"' | "'") typed=${current:1} ;;
    *) quote='' typed=${current//\\/} ;;
  esac
  while IFS= read -r value; do
    value=${value%%$'\t'*}
    [[ -n $value && $value == "$typed"* ]] || continue
    # Inside quotes only what means nothing there is offered.
    case "$quote" in
      '"') [[ $value == *[\"\$\`\\!]* ]] && continue ;;
      "'") [[ $value == *"'"* ]] && continue ;;
      *) printf -v value '%q' "$value" ;;
    esac
    COMPREPLY[${#COMPREPLY[@]}]=$value
  done
}

_aloud() {
  local IFS=$' \t\n' current previous command='' word at=1 operand=0 subcommands flags values takes
  COMPREPLY=()
  current=${COMP_WORDS[COMP_CWORD]}
  previous=''
  # What is before the cursor: commands, flags with their values, operands. `=` is a word of its own here.
  while [ "$at" -lt "$COMP_CWORD" ]; do
    word=${COMP_WORDS[at]}
    at=$((at + 1))
    case "$word" in
      --) return 0 ;;
      -*)
        _aloud_known "$command" "$word" 0
        if [ "$at" -lt "$COMP_CWORD" ] && [ "${COMP_WORDS[at]}" = '=' ]; then
          at=$((at + 1))
          if [ "$at" -lt "$COMP_CWORD" ]; then at=$((at + 1)); else previous=$word; fi
        elif [ "$at" -eq "$COMP_CWORD" ] && [ "$current" = '=' ]; then
          previous=$word current=''
        elif [ "$takes" = yes ]; then
          if [ "$at" -lt "$COMP_CWORD" ]; then at=$((at + 1)); else previous=$word; fi
        elif [ "$takes" = perhaps ] && [ "$at" -eq "$COMP_CWORD" ]; then
          previous=$word
        fi
        ;;
      *)
        if [ "$operand" -eq 0 ] && _aloud_is_command "$command" "$word"; then
          command=${command:+$command }$word
        else
          operand=$((operand + 1))
        fi
        ;;
    esac
  done

  _aloud_known "$command" "$previous" "$operand"
  if [ "$takes" = perhaps ]; then
    case "$current" in -*) previous='' && _aloud_known "$command" '' "$operand" ;; esac
  fi
  # Where nothing is offered, bash offers files.
  if [ "$values" != files ] && type compopt >/dev/null 2>&1; then compopt +o default 2>/dev/null; fi
  if [ -z "$previous" ]; then
    case "$current" in
      -*)
        _aloud_offer <<<"${flags// /$'\n'}"
        return 0
        ;;
    esac
    if [ "$operand" -eq 0 ] && [ -n "$subcommands" ]; then _aloud_offer <<<"${subcommands// /$'\n'}"; fi
  fi
  case "$values" in
    none | files) ;;
    folders)
      type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY[${#COMPREPLY[@]}]=$word; done < <(compgen -d -- "$current")
      ;;
    'ask '*)
      _aloud_offer < <(command aloud completion --values "${values#ask }" -- "${COMP_WORDS[@]:0:COMP_CWORD}" 2>/dev/null)
      ;;
    *) _aloud_offer <<<"${values// /$'\n'}" ;;
  esac
}

complete -o default -F _aloud aloud
