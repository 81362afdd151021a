# frozen_string_literal: true

require "fileutils"

module ShowcaseMemtrim
  # Files that are written whole or not at all: whoever reads one sees the old content or the new one.
  module WholeFile
    module_function

    # @param file [String] a link is written through
    # @param content [String, nil] nil removes the file
    # @raise [SystemCallError] then nothing has changed
    def write(file, content)
      return FileUtils.rm_f(file) if content.nil?
      file = File.realpath(file) if File.exist?(file)
      stat = File.stat(file) if File.exist?(file)
      temporary = "#{file}.memtrim#{Process.pid}"
      File.open(temporary, "wbx") do |io|
        io.write(content)
        io.chmod(stat.mode & 0o7777) if stat
        io.fsync
      end
      File.rename(temporary, file)
    rescue SystemCallError
      FileUtils.rm_f(temporary) if temporary
      raise
    end
  end
end
