# frozen_string_literal: true

require "digest"
require "fileutils"
require "json"
require_relative "../../showcase_memtrim"
require_relative "../whole_file"

module ShowcaseMemtrim
  class Trim
    # Edits of an app that are written, and the last of them taken back: all files or none, each in one step.
    class Written
      # Where the app keeps what the files were before.
      FILE = "tmp/memtrim/trim.json"

      # @param app [String] its directory
      def initialize(app)
        @app = app
        @journal = File.join(app, FILE)
      end

      # @param edits [Array<Edit>]
      # @raise [Error] when a file is not any more what the edit was made of
      # @raise [SystemCallError] when a file can't be written; then all are as before
      def write(edits)
        edits.each { |edit| raise Error, "#{edit.path} has changed in the meantime: nothing is written; run it again" if read(edit.path) != edit.before&.b }
        earlier = File.binread(@journal) if File.file?(@journal)
        keep(edits)
        replace_all(edits.map { |edit| [edit.path, edit.before, edit.after] })
      rescue SystemCallError
        WholeFile.write(@journal, earlier)
        raise
      end

      # Gives back what the files were before the last #write.
      #
      # @return [Array<String>] their paths
      # @raise [Error] when there is nothing to undo, or a file has changed since
      def undo
        entries = kept
        changed = entries.keys.find { |path| digest(read(path)) != entries.dig(path, "written_sha256") }
        raise Error, "#{changed} has changed since `memtrim trim --write`: nothing is taken back; git can do it (git checkout -- #{changed}), or your editor" if changed
        replace_all(entries.map { |path, entry| [path, read(path), entry["before_base64"]&.unpack1("m")] })
        File.delete(@journal)
        entries.keys
      end

      private

      # In base64, since a file may have any encoding.
      def keep(edits)
        FileUtils.mkdir_p(File.dirname(@journal))
        entries = edits.to_h { |edit| [edit.path, {before_base64: edit.before && [edit.before].pack("m0"), written_sha256: digest(edit.after)}] }
        WholeFile.write(@journal, JSON.pretty_generate(schema: 1, files: entries))
      end

      def kept
        JSON.parse(File.read(@journal)).fetch("files")
      rescue Errno::ENOENT
        raise Error, "nothing to undo: no #{FILE} in #{@app}, which `memtrim trim --write` leaves and --undo takes away"
      rescue JSON::ParserError, KeyError
        raise Error, "#{@journal} can't be read: take the edit back with git, and delete it"
      end

      def digest(content)
        content && Digest::SHA256.hexdigest(content)
      end

      def read(path)
        file = File.join(@app, path)
        File.binread(file) if File.exist?(file)
      end

      # @param changes [Array<Array(String, String, String)>] path, content before, content after; nil: no file
      def replace_all(changes)
        done = []
        changes.each do |path, before, after|
          WholeFile.write(File.join(@app, path), after)
          done << [path, before]
        end
      rescue SystemCallError
        done.reverse_each { |path, before| WholeFile.write(File.join(@app, path), before) }
        raise
      end
    end
  end
end
