# frozen_string_literal: true

class EntriesController < ApplicationController
  before_action :set_entry, only: [:edit, :update, :destroy]

  # The spreadsheet is app/views/entries/index.xlsx.erb
  def index
    @entries = Entry.listed

    respond_to do |format|
      format.html
      format.xlsx { response.headers["Content-Disposition"] = %(attachment; filename="entries.xlsx") }
    end
  end

  def new
    @entry = Entry.new
  end

  def edit
  end

  def create
    @entry = Entry.new(entry_params)
    if @entry.save
      ScheduleJob.perform_later(current_event) if current_event.persisted?
      redirect_to entries_path, notice: "Entry was successfully added."
    else
      render :new, status: 422
    end
  end

  def update
    if @entry.update(entry_params)
      redirect_to entries_path, notice: "Entry was successfully updated."
    else
      render :edit, status: 422
    end
  end

  def destroy
    @entry.destroy!
    redirect_to entries_path, notice: "Entry was successfully removed.", status: :see_other
  end

  private

  def set_entry
    @entry = Entry.find(params[:id])
  end

  def entry_params
    params.require(:entry).permit(:lead_id, :follow_id, :dance_id)
  end
end
