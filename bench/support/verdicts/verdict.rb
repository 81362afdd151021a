# frozen_string_literal: true

module Verdicts
  # What a tool says of one gem or railtie. verdict: keep, defer, remove, move (into another group) or unknown; files: those
  # that it names as evidence; lines: what its edit adds or deletes.
  Verdict = Struct.new(:name, :kind, :verdict, :confidence, :files, :edit, keyword_init: true) do
    # @param json [Hash] one of the verdicts of `memtrim unused --format json`
    # @return [Verdict]
    def self.of(json)
      edit = json["edit"]
      verdict = json.fetch("verdict")
      verdict = "move" if verdict == "remove" && edit && [edit["text"], *edit["lines"]].join("\n").match?(/\bgroups?\b/)
      new(name: json.fetch("name"), kind: json["kind"], verdict: verdict, confidence: json["confidence"], files: json.fetch("evidence", []).filter_map { |each| each["file"] }, edit: edit)
    end

    # @return [Boolean] whether its line, or the railtie, is to go
    def removes?
      %w[remove move].include?(verdict)
    end
  end
end
